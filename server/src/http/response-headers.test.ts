import { describe, expect, test } from "vitest";
import { ResponseHeaders } from "./response-headers.ts";

const GIVEN = { "Content-Type": "application/json", "X-Sekha-Model": " a b " };

describe("headers of an answer", () => {
  test("do everything that the platform's headers do, with the same results", () => {
    const results = [new ResponseHeaders(GIVEN), new Headers(GIVEN)].map((headers) => {
      headers.set("X-Request-Id", "1");
      headers.set("x-request-id", "2");
      headers.append("Vary", "Origin");
      headers.append("vary", "Accept");
      headers.append("Set-Cookie", "a=1");
      headers.append("set-cookie", "b=2");
      headers.set("X-Gone", "soon");
      headers.delete("x-gone");
      const seen: string[] = [];
      headers.forEach((value, name) => void seen.push(`${name}: ${value}`));
      return {
        seen: seen.toSorted(),
        entries: [...headers].toSorted(),
        id: headers.get("X-REQUEST-ID"),
        vary: headers.get("Vary"),
        cookie: headers.get("set-cookie"),
        cookies: headers.getSetCookie(),
        absent: headers.get("x-gone"),
        has: [headers.has("VARY"), headers.has("x-gone"), headers.has("set-cookie")],
      };
    });
    expect(results[0]).toEqual(results[1]);
  });

  test("replace and remove all cookies at once", () => {
    const headers = new ResponseHeaders({ "Set-Cookie": "a=1" });
    headers.set("set-cookie", "b=2");
    expect(headers.getSetCookie()).toEqual(["b=2"]);
    headers.delete("Set-Cookie");
    expect([...headers]).toEqual([]);
  });

  test.each(["a\r\nX-Other: b", "a\u0000", "a\u20ac"])("refuse the value %j", (value) => {
    expect(() => new ResponseHeaders({ "x-test": value })).toThrow(TypeError);
  });

  test("are listed as node:http takes them", () => {
    expect(new ResponseHeaders(GIVEN).list).toEqual([
      ...["content-type", "application/json"],
      ...["x-sekha-model", "a b"],
    ]);
  });
});
