import { describeBadInput } from "../../../../test/support/bad-input/bad-input.ts";
import { fakeController } from "./__fixtures__/fake-services.ts";

const KEY = "sk-sekha-of-the-bad-input-test-0123456789";

describeBadInput("the controller on fakes", async () => {
  const controller = fakeController({
    options: {
      authentication: {
        keys: [{ key: KEY, name: "test" }],
        required: false,
        localOwner: "local",
        allowedHosts: [],
      },
    },
  });
  return {
    baseUrl: "http://localhost:8080",
    fetch: (request) => {
      request.headers.set("X-API-Key", KEY);
      return controller.app.fetch(request, { peerAddress: "127.0.0.1", injected: false });
    },
  };
});
