/** How many tokens a text is for a model. */
export interface TokenCounter {
  /** Never far below what the model itself counts; without a model, as o200k_base does. */
  count(text: string, model?: string): Promise<number>;
}
