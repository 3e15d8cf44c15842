/** Where the files of this package are, and what the model is. */
export const MODEL_FILE = new URL("./model_int8.onnx", import.meta.url);
export const TOKENIZER_FILE = new URL("./tokenizer.json", import.meta.url);
export const TOKENIZER_CONFIG_FILE = new URL("./tokenizer_config.json", import.meta.url);

export const MODEL = Object.freeze({
  name: "all-MiniLM-L6-v2",
  quantization: "int8",
  dimension: 384,
  maxTokens: 256,
  sha256: "2b110428f653ba6dc5e095f6dfc6aa67557842d2d2ee25ead9f25fb2a7b4813f",
  tokenizerSha256: "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0",
});
