import type { CreateConversationRequest } from "@sekha/sdk";
import type { SpooledMessage } from "../../../core/ports/proxy-store.ts";

type WireMessage = CreateConversationRequest["messages"][number];
type WirePart = { type: string; [key: string]: unknown };

/** That the controller takes. */
const LONGEST_NAME = 200;

/** A message as the controller is sent it. */
export function toWire(message: SpooledMessage): WireMessage {
  const { id, role, name, text, parts, timestamp, metadata } = message;
  const content = (parts as WirePart[] | null) ?? text;
  const speaker = name === null ? {} : { name: name.slice(0, LONGEST_NAME) };
  return { chosen_id: id, role, ...speaker, content, timestamp, metadata };
}

/** The messages in order, in pieces of at most so many bytes of JSON; a larger message is a piece of its own. */
export function inPieces(messages: readonly SpooledMessage[], bytes: number): SpooledMessage[][] {
  const pieces: SpooledMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(JSON.stringify(toWire(message)));
    const piece = pieces.at(-1);
    if (piece !== undefined && size <= room) {
      piece.push(message);
      room -= size;
    } else {
      pieces.push([message]);
      room = bytes - size;
    }
  }
  return pieces;
}
