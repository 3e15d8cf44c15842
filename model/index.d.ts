/** `file:` URL of the int8 ONNX model, 23 MB. */
export declare const MODEL_FILE: URL;
/** `file:` URL of the WordPiece tokenizer in the Hugging Face format. */
export declare const TOKENIZER_FILE: URL;
export declare const TOKENIZER_CONFIG_FILE: URL;

export declare const MODEL: {
  readonly name: "all-MiniLM-L6-v2";
  readonly quantization: "int8";
  readonly dimension: 384;
  /** Tokens of one input the model was trained on, [CLS] and [SEP] included. */
  readonly maxTokens: 256;
  /** SHA-256 of `MODEL_FILE`, lower-case hex. */
  readonly sha256: string;
  /** SHA-256 of `TOKENIZER_FILE`, lower-case hex. */
  readonly tokenizerSha256: string;
};
