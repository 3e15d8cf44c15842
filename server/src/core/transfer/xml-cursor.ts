/** A start tag: its lower-case name, its attributes, whether it closes itself. */
export interface StartTag {
  name: string;
  attributes: Map<string, string>;
  isEmpty: boolean;
}

const START_TAG =
  /<(?<name>[A-Za-z_][\w.:-]*)(?<attributes>(?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(?<close>\/?)>/y;
const ATTRIBUTE = /(?<key>[\w.:-]+)\s*=\s*(?:"(?<double>[^"]*)"|'(?<single>[^']*)')/g;
const NAMED_ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const CDATA = "<![CDATA[";

/**
 * Walks over XML of one simple kind without building a tree. It knows the five named entities
 * and numbers, and no document type: nothing in the text can define or expand anything.
 */
export class XmlCursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The next start tag or end tag, passing over text, comments and instructions. */
  nextTag(): StartTag | { end: string } | undefined {
    for (;;) {
      const open = this.text.indexOf("<", this.at);
      if (open === -1) {
        this.at = this.text.length;
        return undefined;
      }
      this.at = open;
      const tag = this.endTag() ?? this.startTag();
      if (tag !== undefined) {
        return tag;
      }
      this.skipMarkup();
    }
  }

  /** The start tag that stands here after white space, without moving. */
  peekStartTag(): string | undefined {
    const from = this.at;
    this.at += /^\s*/.exec(this.text.slice(from, from + 1000))?.[0].length ?? 0;
    const name = this.startTag()?.name;
    this.at = from;
    return name;
  }

  /**
   * The text up to the end tag of this name, tags of other names included as text; undefined
   * when there is no such end tag.
   */
  leafText(name: string): string | undefined {
    const end = new RegExp(`</${name}\\s*>|<!\\[CDATA\\[`, "gi");
    let text = "";
    for (;;) {
      end.lastIndex = this.at;
      const match = end.exec(this.text);
      if (match === null) {
        return undefined;
      }
      text += decodeEntities(this.text.slice(this.at, match.index));
      this.at = end.lastIndex;
      if (match[0] !== CDATA) {
        return text;
      }
      const close = this.text.indexOf("]]>", this.at);
      if (close === -1) {
        return undefined;
      }
      text += this.text.slice(this.at, close);
      this.at = close + 3;
    }
  }

  private startTag(): StartTag | undefined {
    START_TAG.lastIndex = this.at;
    const groups = START_TAG.exec(this.text)?.groups;
    if (groups === undefined) {
      return undefined;
    }
    this.at = START_TAG.lastIndex;
    const pairs = [...(groups.attributes ?? "").matchAll(ATTRIBUTE)].map(
      ({ groups: found }): [string, string] => [
        found?.key?.toLowerCase() ?? "",
        decodeEntities(found?.double ?? found?.single ?? ""),
      ],
    );
    return {
      name: groups.name?.toLowerCase() ?? "",
      attributes: new Map(pairs),
      isEmpty: groups.close === "/",
    };
  }

  private endTag(): { end: string } | undefined {
    if (!this.text.startsWith("</", this.at)) {
      return undefined;
    }
    const name = /^<\/(?<name>[\w.:-]+)\s*>/.exec(this.text.slice(this.at, this.at + 200))?.groups;
    const close = this.text.indexOf(">", this.at);
    if (name === undefined || close === -1) {
      return undefined;
    }
    this.at = close + 1;
    return { end: name.name?.toLowerCase() ?? "" };
  }

  /** Over a comment, CDATA, an instruction, or a `<` that begins nothing. */
  private skipMarkup(): void {
    const ends: [string, string][] = [
      ["<!--", "-->"],
      [CDATA, "]]>"],
      ["<?", "?>"],
    ];
    const found = ends.find(([begin]) => this.text.startsWith(begin, this.at));
    const close = found === undefined ? this.at : this.text.indexOf(found[1], this.at);
    this.at = close === -1 ? this.text.length : close + (found?.[1].length ?? 1);
  }
}

/** Unknown entities stay as they are written. */
function decodeEntities(text: string): string {
  return text.replace(/&(?:#\d{1,7}|#x[0-9a-f]{1,6}|\w{2,4});/gi, (whole) => {
    const name = whole.slice(1, -1);
    if (!name.startsWith("#")) {
      return NAMED_ENTITIES[name] ?? whole;
    }
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0x10ffff ? "\uFFFD" : String.fromCodePoint(code);
  });
}
