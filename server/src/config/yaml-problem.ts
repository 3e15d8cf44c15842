import type { YAMLError } from "yaml";

/** Our own sentences: the parser's may quote the line, and a line may hold a secret. */
const sentences: Partial<Record<YAMLError["code"], string>> = {
  ALIAS_PROPS: "An alias (`*name`) cannot have a tag or an anchor of its own.",
  BAD_ALIAS: "This alias (`*name`) has no name that YAML can read.",
  BAD_COLLECTION_TYPE: "The tag in front does not fit this kind of value.",
  BAD_DIRECTIVE: "This line begins with % and is not a YAML directive.",
  BAD_DQ_ESCAPE: "This is not an escape that YAML knows inside \"…\"; use '…' or write \\\\.",
  BAD_INDENT: "The indentation does not fit the lines above it.",
  BAD_PROP_ORDER: "A tag or anchor must stand directly before its value.",
  BAD_SCALAR_START: "A value cannot begin with this character; put the value in quotes.",
  BLOCK_AS_IMPLICIT_KEY:
    "A key and its value do not fit this place; check for a second `:` or missing indentation.",
  BLOCK_IN_FLOW: "Inside […] or {…} everything must be in that form too.",
  IMPOSSIBLE: "The text is not YAML here.",
  KEY_OVER_1024_CHARS: "This key is too long; is a quote missing?",
  MISSING_CHAR: "Something is missing here: a closing quote, bracket, `:`, `,` or a space.",
  MULTILINE_IMPLICIT_KEY: "A key must stand on one line; is a `:` or a quote missing above?",
  MULTIPLE_ANCHORS: "A value can have one anchor only.",
  MULTIPLE_DOCS: "A second YAML document begins here; only one is read.",
  MULTIPLE_TAGS: "A value can have one tag only.",
  NON_STRING_KEY: "A key must be plain text.",
  TAB_AS_INDENT: "This line is indented with a tab; YAML wants spaces.",
  TAG_RESOLVE_FAILED: "This tag (`!…`) is not known.",
  UNEXPECTED_TOKEN: "This is not expected here; check indentation, quotes and brackets.",
};

/** What a YAML syntax error means, in a sentence that holds nothing of the file. */
export function yamlProblemText(error: YAMLError): string {
  return sentences[error.code] ?? "The text is not YAML here; check quotes and indentation.";
}
