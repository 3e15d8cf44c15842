/** A conversation as people hold them: greetings, facts, a decision, code, thanks. */
export const MIGRATION_CONVERSATION: readonly string[] = [
  "user: Hi! How are you today?",
  "assistant: I'm fine, thanks! What can I do for you?",
  "user: My name is Sarah Miller and I work at Northwind Traders in Hamburg. We're moving our billing service from MongoDB to PostgreSQL. The deadline is 14 March 2025. I'm allergic to long meetings, so keep it short.",
  "assistant: Moving the billing service to PostgreSQL is a good plan. A migration usually has three parts: schema design, a dual-write period, and the final cut-over. During dual writes both databases receive every invoice, which lets you compare them. You can read about logical replication at https://docs.example.com/current/logical-replication.html.",
  "user: We decided to use dual writes for two weeks. My colleague Tomás Rivera will write the comparison job in TypeScript; he said the invoice_totals table is the risky one. Contact him at tomas@northwind.example.",
  "assistant: Then the comparison job should check `invoice_totals` every night and alert when sums differ by more than 0.01 EUR.\n```sql\nSELECT month, sum(total) FROM invoice_totals GROUP BY month;\n```\nKeep the old MongoDB cluster read-only for 30 days after the cut-over, in case you must roll back.",
  "user: Good. Our boss Dr. Anja Weber approved a budget of $12,000. Remember that the accountants at Deloitte GmbH need a frozen copy of all invoices on 2025-03-31.",
  "assistant: Noted: budget $12,000, frozen copy for the accountants by 2025-03-31.",
  "user: Thanks, bye!",
];

/** Roughly so many characters of it, with words that differ from part to part. */
export function longConversation(characters: number): string[] {
  const messages: string[] = [];
  for (let size = 0, index = 0; size < characters; index += 1) {
    const base = MIGRATION_CONVERSATION[index % MIGRATION_CONVERSATION.length] ?? "";
    const message = base.replace(
      /invoice|billing|weeks/g,
      (word) => `${word}${(index * 7919) % 977}`,
    );
    messages.push(message);
    size += message.length;
  }
  return messages;
}
