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

/**
 * Phrases between word ends of any script; \b knows only ASCII. Where no space separates words (`unspaced`) anywhere. All
 * quantifiers are bounded: texts may be hostile.
 */
function phrases(unspaced: string, ...alternatives: string[]): RegExp {
  const between = `(?<![\\p{L}\\p{N}])(?:${alternatives.join("|")})(?![\\p{L}\\p{N}])`;
  return new RegExp(`${between}|${unspaced}`, "giu");
}

const WEEKDAY = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";
const RELATIVE =
  "wife|husband|partner|girlfriend|boyfriend|son|daughter|child|children|kids|mother|father|mom|dad|sister|brother|boss|manager|doctor|dog|cat";

/**
 * What in a conversation is worth remembering, by its wording: cue phrases as H. P. Edmundson used them ("New Methods
 * in Automatic Extracting", 1969), in English with the commonest in German, French, Spanish, Arabic, Chinese and Japanese.
 */
export const CUES: readonly Cue[] = [
  {
    kind: "request_to_remember",
    name: "asks to be remembered",
    pattern: phrases(
      "记住|記住|别忘|不要忘|重要|紧急|覚えておいて|忘れないで|大事",
      "remember (?:this|that|to|my)",
      "don['’]?t forget",
      "(?:very |really |extremely )?important",
      "keep in mind",
      "note (?:that|to self)",
      "urgent|critical|crucial",
      "wichtig|merk dir|vergiss nicht|important à retenir|n['’]oublie pas|importante|recuerda que",
      "denk(?:e)? (?:bitte )?daran|nicht vergessen|erinnere? mich|dringend",
      "تذكر|تذكري|لا تنس|لا تنسى|مهم|مهمة|ضروري|عاجل",
    ),
  },
  {
    kind: "decision",
    name: "a decision",
    pattern: phrases(
      "决定|決定|決めた|決めました|就用|选定",
      "(?:we|i|they|team)(?:['’]ve| have)? (?:have )?(?:finally |now |just )?(?:decided|agreed|chose|chosen|settled|committed)",
      "decision(?: is| was|:)?",
      "let['’]?s (?:go with|use|do|stick)",
      "(?:we|i)(?:['’]ll| will|['’]re going to|['’]m going to) (?:use|go with|switch|move|build|ship|keep|drop|adopt)",
      "going with|signed off|approved|final choice",
      "wir haben (?:uns )?entschieden|entscheidung|beschlossen|nous avons décidé|décision|hemos decidido|decisión",
      "قررنا|قررت|القرار|اتفقنا",
    ),
  },
  {
    kind: "personal_fact",
    name: "a personal fact",
    pattern: phrases(
      "我叫|我的名字|我住|我在.{1,12}工作|我(?:妻子|丈夫|老婆|老公|女儿|儿子|妈妈|爸爸)|过敏|私は|僕は|私の名前|住んでい|アレルギー",
      "my name is|call me",
      "i (?:live|work|study|was born|grew up|moved)(?: in| at| as| for| to)?",
      "i(?:['’]m| am) (?:a|an|allergic|diabetic|vegan|vegetarian|married|\\d{1,3} years)",
      `my (?:${RELATIVE}|birthday|address|phone|email|job|salary|allerg(?:y|ies)|diagnosis|hometown)`,
      "ich heiße|ich wohne|ich arbeite|mein name|meine (?:frau|tochter|mutter)|mein (?:mann|sohn|vater)",
      "je m['’]appelle|j['’]habite|je travaille|me llamo|vivo en|trabajo (?:en|como)",
      "ich bin (?:allergisch|vegetarier(?:in)?|veganer(?:in)?|verheiratet|diabetiker(?:in)?)|mit meine[rm] (?:frau|tochter|mutter|mann|sohn|vater)",
      "اسمي|أسكن|أعمل في|زوجتي|زوجي|ابني|ابنتي|أمي|أبي",
    ),
  },
  {
    kind: "plan",
    name: "a plan or date to keep",
    pattern: phrases(
      "截止|明天|下周|下个月|星期[一二三四五六日天]之?前|预约|约会|计划|締め切り|明日|来週|予定|予約",
      "deadline|due (?:on|by|date)|todo|to-do|action items?|next steps?|milestone|roadmap",
      `(?:by|until|before|on|next|this) (?:${WEEKDAY}|tomorrow|tonight|week|month|quarter|year)`,
      "tomorrow|appointment|meeting (?:on|at|with)|scheduled?|reminder|remind me",
      "(?:i|we)(?:['’]m| am|['’]re| are)? plan(?:ning)? to",
      "nächste woche|morgen|termin|frist|demain|rendez-vous|échéance|mañana|cita|plazo",
      "bis (?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|morgen|ende)",
      "غدا|الأسبوع القادم|موعد|الموعد|قبل يوم|خطة",
    ),
  },
  {
    kind: "problem",
    name: "a problem or its solution",
    pattern: phrases(
      "错误|錯誤|修复|解决|故障|エラー|原因|解決|不具合",
      "bugs?|errors?|exceptions?|crash(?:es|ed)?|outages?|incidents?|regressions?|vulnerabilit(?:y|ies)",
      "root cause|the fix|fixed|solved|solution|workaround|resolved|diagnosed?",
      "fehler|ursache|lösung|behoben|erreur|résolu|fallo|solución",
      "problem gelöst|خطأ|مشكلة|الحل|تم إصلاح",
    ),
  },
  {
    kind: "preference",
    name: "a preference",
    pattern: phrases(
      "我喜欢|我更喜欢|我讨厌|我不喜欢|好きです|嫌いです|が好き",
      "i (?:really |always |usually |strongly )?(?:prefer|like|love|hate|dislike|avoid|can['’]t stand)",
      "my favou?rite|i(?:['’]d| would) rather|(?:always|never) (?:use|do|send|call|write|put)",
      "ich mag|ich bevorzuge|lieblings\\p{L}{1,20}|je préfère|j['’]aime|prefiero|me gusta",
      "أفضل|أحب|أكره",
    ),
  },
  {
    kind: "lesson",
    name: "something learned",
    pattern: phrases(
      "我学到|原来|わかりました|学びました",
      "(?:i|we) (?:learned|realized|realised|found out|discovered|figured out)",
      "turns out|lesson learned|in (?:conclusion|summary)|takeaways?|to summari[sz]e",
      "ich habe gelernt|تعلمت",
    ),
  },
];

const SMALL_TALK =
  /^(?:(?:hi|hey|hello|yo|thanks?|thank you|thx|bye|goodbye|see you|good (?:morning|night|evening|afternoon)|how are you(?: doing)?(?: today)?|what['’]?s up|nice|cool|great|awesome|ok(?:ay)?|yes|no|yep|nope|sure|lol|haha\w{0,10}|you['’]?re welcome|no problem|welcome|(?:i['’]?m|i am) (?:fine|good|well|ok)|(?:so|very) much|and you|there|all good|hallo|servus|moin|grüß gott|(?:vielen )?danke?(?: schön| dir| dank)?|bitte(?: schön)?|tschüss?|bis (?:bald|später)|wie geht['’]?s(?: dir)?|alles klar|guten (?:tag|morgen|abend)|gute nacht|bonjour|merci|salut|hola|gracias|ciao|grazie|obrigad[oa]|olá|привет|спасибо|пока|مرحبا|أهلا|شكرا|السلام عليكم|صباح الخير|مساء الخير|مع السلامة|你好|您好|谢谢你?|謝謝|再见|好的?|嗯|早上好|晚安|不客气|没问题|哈{2,6}|こんにちは|こんばんは|ありがとう(?:ございます)?|おはよう(?:ございます)?|はい|了解(?:です)?|안녕하세요|감사합니다)(?:[\s,.!?:)(;，。！？、؟،~-]+|$)){1,12}$/iu;

/** Greetings, thanks and the like, and nothing else. */
export function isSmallTalk(sentence: string): boolean {
  return sentence.length <= 160 && SMALL_TALK.test(sentence.trim());
}

/** Whether a sentence holds a phrase of any kind above. */
export function hasCue(sentence: string): boolean {
  return CUES.some(({ pattern }) => sentence.search(pattern) >= 0);
}
