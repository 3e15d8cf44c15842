/**
 * What was asked has no words in the other protocol: sending the rest without it would answer another question. The
 * message names it and is safe to show.
 */
export class Untranslatable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Untranslatable";
  }
}
