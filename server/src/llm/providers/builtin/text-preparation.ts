/**
 * A text as the model should read it: the payload of base64 data URLs becomes spaces, since it
 * says nothing and a picture would cost thousands of chunks. Offsets stay true, the length the same.
 */
export function prepareText(text: string): string {
  return text.replace(
    BASE64_PAYLOAD,
    (match) => BASE64_MARK + " ".repeat(match.length - BASE64_MARK.length),
  );
}

const BASE64_MARK = ";base64,";
/** Shorter payloads are as likely somebody's words about data URLs. */
const BASE64_PAYLOAD = /;base64,[A-Za-z0-9+/_=%-]{64,}/gu;
