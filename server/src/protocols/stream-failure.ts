/** Bytes or JSON that are not what the protocol says: too large an event, broken JSON, a shape that cannot be read. */
export class FramingError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FramingError";
  }
}

/** A stream that ended before its protocol said that the answer is complete. */
export class StreamCut extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StreamCut";
  }
}

/** An error that the provider reports inside an answer whose status was good. The message is the provider's. */
export class ProtocolErrorEvent extends Error {
  /** The provider's own name of it, such as `overloaded_error`; empty where it gives none. */
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.name = "ProtocolErrorEvent";
    this.type = type;
  }
}
