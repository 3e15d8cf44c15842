export type CueKind =
  | "request_to_remember"
  | "decision"
  | "personal_fact"
  | "plan"
  | "problem"
  | "preference"
  | "lesson";

interface Cue {
  kind: CueKind;
  /** How a person would say what was found. */
  name: string;
  pattern: RegExp;
}

/** Phrases between word ends of any script; \b knows only ASCII. All quantifiers are bounded: texts may be hostile. */
function phrases(...alternatives: string[]): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.join("|")})(?![\\p{L}\\p{N}])`, "giu");
}

const WEEKDAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";
const RELATIVE =
  "wife|husband|partner|girlfriend|boyfriend|son|daughter|child|children|kids|mother|father|mom|dad|sister|brother|boss|manager|doctor|dog|cat";

/**
 * What in a conversation is worth remembering, by its wording: cue phrases as H. P. Edmundson used them ("New Methods
 * in Automatic Extracting", 1969), in English with the commonest in German, French and Spanish.
 */
export const CUES: readonly Cue[] = [
  {
    kind: "request_to_remember",
    name: "asks to be remembered",
    pattern: phrases(
      "remember (?:this|that|to|my)",
      "don['’]?t forget",
      "(?:very |really |extremely )?important",
      "keep in mind",
      "note (?:that|to self)",
      "urgent|critical|crucial",
      "wichtig|merk dir|vergiss nicht|important à retenir|n['’]oublie pas|importante|recuerda que",
    ),
  },
  {
    kind: "decision",
    name: "a decision",
    pattern: phrases(
      "(?:we|i|they|team)(?:['’]ve| have)? (?:have )?(?:finally |now |just )?(?:decided|agreed|chose|chosen|settled|committed)",
      "decision(?: is| was|:)?",
      "let['’]?s (?:go with|use|do|stick)",
      "(?:we|i)(?:['’]ll| will|['’]re going to|['’]m going to) (?:use|go with|switch|move|build|ship|keep|drop|adopt)",
      "going with|signed off|approved|final choice",
      "wir haben (?:uns )?entschieden|entscheidung|beschlossen|nous avons décidé|décision|hemos decidido|decisión",
    ),
  },
  {
    kind: "personal_fact",
    name: "a personal fact",
    pattern: phrases(
      "my name is|call me",
      "i (?:live|work|study|was born|grew up|moved)(?: in| at| as| for| to)?",
      "i(?:['’]m| am) (?:a|an|allergic|diabetic|vegan|vegetarian|married|\\d{1,3} years)",
      `my (?:${RELATIVE}|birthday|address|phone|email|job|salary|allerg(?:y|ies)|diagnosis|hometown)`,
      "ich heiße|ich wohne|ich arbeite|mein name|meine (?:frau|tochter|mutter)|mein (?:mann|sohn|vater)",
      "je m['’]appelle|j['’]habite|je travaille|me llamo|vivo en|trabajo (?:en|como)",
    ),
  },
  {
    kind: "plan",
    name: "a plan or date to keep",
    pattern: phrases(
      "deadline|due (?:on|by|date)|todo|to-do|action items?|next steps?|milestone|roadmap",
      `(?:by|until|before|on|next|this) (?:${WEEKDAY}|tomorrow|tonight|week|month|quarter|year)`,
      "tomorrow|appointment|meeting (?:on|at|with)|scheduled?|reminder|remind me",
      "(?:i|we)(?:['’]m| am|['’]re| are)? plan(?:ning)? to",
      "nächste woche|morgen|termin|frist|demain|rendez-vous|échéance|mañana|cita|plazo",
    ),
  },
  {
    kind: "problem",
    name: "a problem or its solution",
    pattern: phrases(
      "bugs?|errors?|exceptions?|crash(?:es|ed)?|outages?|incidents?|regressions?|vulnerabilit(?:y|ies)",
      "root cause|the fix|fixed|solved|solution|workaround|resolved|diagnosed?",
      "fehler|ursache|lösung|behoben|erreur|résolu|fallo|solución",
    ),
  },
  {
    kind: "preference",
    name: "a preference",
    pattern: phrases(
      "i (?:really |always |usually |strongly )?(?:prefer|like|love|hate|dislike|avoid|can['’]t stand)",
      "my favou?rite|i(?:['’]d| would) rather|(?:always|never) (?:use|do|send|call|write|put)",
      "ich mag|ich bevorzuge|lieblings\\p{L}{1,20}|je préfère|j['’]aime|prefiero|me gusta",
    ),
  },
  {
    kind: "lesson",
    name: "something learned",
    pattern: phrases(
      "(?:i|we) (?:learned|realized|realised|found out|discovered|figured out)",
      "turns out|lesson learned|in (?:conclusion|summary)|takeaways?|to summari[sz]e",
    ),
  },
];

const SMALL_TALK =
  /^(?:(?:hi|hey|hello|yo|thanks?|thank you|thx|bye|goodbye|see you|good (?:morning|night|evening|afternoon)|how are you(?: doing)?(?: today)?|what['’]?s up|nice|cool|great|awesome|ok(?:ay)?|yes|no|yep|nope|sure|lol|haha\w{0,10}|you['’]?re welcome|no problem|welcome|(?:i['’]?m|i am) (?:fine|good|well|ok)|(?:so|very) much|and you|there|all good|hallo|danke|tschüss|guten (?:tag|morgen)|bonjour|merci|salut|hola|gracias)(?:[\s,.!?:)(;-]+|$)){1,12}$/iu;

/** Greetings, thanks and the like, and nothing else. */
export function isSmallTalk(sentence: string): boolean {
  return sentence.length <= 160 && SMALL_TALK.test(sentence.trim());
}

/** Whether a sentence holds a phrase of any kind above. */
export function hasCue(sentence: string): boolean {
  return CUES.some(({ pattern }) => sentence.search(pattern) >= 0);
}
