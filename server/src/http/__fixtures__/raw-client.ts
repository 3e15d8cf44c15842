import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { HttpAnswer } from "../answer.ts";
import type { HttpRequest } from "../http-request.ts";
import { listenerOf } from "../socket-face.ts";

type Respond = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** A server of one face on a free port of this machine. */
export class RawServer {
  readonly server: Server;
  /** How often the face was asked. */
  asked = 0;

  constructor(respond: Respond, host = "127.0.0.1") {
    const answer = (request: HttpRequest) => {
      this.asked += 1;
      return respond(request);
    };
    this.server = createServer(listenerOf({ answer }, host));
  }

  async start(): Promise<this> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async connect(): Promise<RawClient> {
    const socket = connect(this.port, "127.0.0.1");
    await once(socket, "connect");
    return new RawClient(socket);
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** A socket that says what it is told and keeps what it hears, as latin-1. */
export class RawClient {
  readonly socket: Socket;
  text = "";
  error: Error | undefined;
  readonly closed: Promise<void>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    socket.on("error", (error) => {
      this.error = error;
    });
    this.closed = new Promise((resolve) => void socket.once("close", () => resolve()));
  }

  send(text: string | Uint8Array): this {
    this.socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text);
    return this;
  }

  /** Resolves when what was heard fits; rejects when the connection ends before. */
  async hears(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      if (this.socket.destroyed) throw new Error(`Closed after ${this.text.slice(-300)}`);
      await Promise.race([once(this.socket, "data").catch(() => undefined), this.closed]);
    }
    return this.text;
  }

  /** All that was heard until the server closed. */
  async end(): Promise<string> {
    await this.closed;
    return this.text;
  }
}

/** A request's head with a Host. */
export function head(line: string, ...fields: string[]): string {
  return `${[`${line} HTTP/1.1`, "Host: localhost", ...fields].join("\r\n")}\r\n\r\n`;
}
