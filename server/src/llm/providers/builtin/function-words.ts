import { STOP_WORDS } from "../../../core/search/stop-words.ts";

/**
 * Words without a subject of their own, in the languages most written with Latin letters beside English: articles,
 * prepositions, pronouns, auxiliaries, folded as `foldText` does.
 */
const FUNCTION_WORDS: readonly ReadonlySet<string>[] = [
  // German
  `aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bist bitte da dabei damit dann daran darauf
  das dass dein deine deinem deinen deiner dem den denn der des dich die dies diese diesem diesen dieser dieses dir doch dort
  du durch ein eine einem einen einer eines einfach er erst es etwas euch euer eure fur ganz gar geht gerade gern gerne gibt
  gut habe haben hast hat hatte hatten heute hier hin ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ins ist ja
  jede jedem jeden jeder jedes jetzt kann kannst kein keine keinen keiner konnen konnte konnten machen mal man mehr mein
  meine meinem meinen meiner mich mir mit mochte muss mussen nach nein nicht nichts noch nun nur ob oder ohne schon sehr sein
  seine seinem seinen seiner seit sich sie sind so soll sollen sollte sondern uber um und uns unser unsere unter viel viele
  vom von vor war waren warum was weil weiter welche wenn wer werde werden wie wieder will willst wir wird wirst wo wurde
  wurden ware zu zum zur zwei zwischen danke hallo morgen gestern`,
  // French
  `alors apres au aucun aussi autre aux avant avec avoir beaucoup bien bonjour car ce cela ces cet cette ceux chaque chez
  comme comment dans de depuis des deux donc du elle elles en encore entre est et etait etaient ete etre eu eux fait faire
  faut il ils je la le les leur leurs lui ma mais me meme merci mes moi moins mon ne ni nos notre nous on ont ou par parce
  pas peu peut peux plus pour pourquoi quand que quel quelle quelles quels qui sa sans se sera ses si son sont sous sur ta
  te tes toi ton tous tout toute toutes tres tu un une vers voici vos votre vous y suis ai as avons avez sommes etes va vais
  aujourd hui hier demain`,
  // Spanish
  `al algo alguna alguno antes aqui asi aun aunque cada casi como con contra cual cuando de del desde donde dos el ella ellas
  ellos en entre era eran es esa ese eso esta estaba estan estas este esto estos estoy fue fueron gracias ha habia han hasta
  hay he hola la las le les lo los mas me mi mis mucho muy nada ni no nos nosotros nuestra nuestro o otra otro para pero
  poco por porque pues que quien se sea ser si sin sobre solo son soy su sus tambien tan tanto te tengo tiene tienen toda
  todo todos tu tus un una uno unos usted va vamos voy y ya yo ayer hoy manana`,
  // Italian
  `a abbiamo ai al alla alle anche ancora avere bene che chi ci come con cosa cui da dal dalla dei del della delle di dopo
  dove e ed era erano essere fa fare gli ha hai hanno ho i il in io la le lei lo loro lui ma mi mia mio molto ne negli nel
  nella no noi non nostro o ogni per perche piu poi prima qua quale quando quanto quello questa questo qui sei se senza si
  siamo sono sta su sua sul sulla suo te ti tra tu tutti tutto un una uno va vi voi grazie ciao ieri oggi domani`,
  // Portuguese
  `a ao aos aqui as ate com como da das de depois do dos e ela elas ele eles em entre era eram essa esse esta estao estava
  este eu foi foram ha isso isto ja la lhe mais mas me mesmo meu meus minha muito na nao nas nem no nos nossa nosso o os ou
  para pela pelo por porque qual quando que quem se sem ser seu seus so sou sua suas tambem te tem tenho ter teu tua tudo um
  uma umas uns vai voce vos obrigado obrigada ola ontem hoje amanha`,
  // Dutch
  `aan al alle als ben bij dan dat de deze die dit door een en er ga gaan gaat geen had heb hebben heeft hem het hij hoe hun
  ik in is ja je jij jouw kan kunnen maar me meer met mij mijn moet moeten na naar nee niet niets nog nu of om omdat onder
  ons ook op over te toen tot uit van veel voor waar was wat we wel werd wie wij wil wordt zal ze zich zij zijn zo zou
  bedankt hallo gisteren vandaag morgen`,
].map((words) => new Set(words.split(/\s+/)));

const SAMPLED_WORDS = 2000;
/** Of a text's words, so many are function words where it is in a language. */
const LEAST_SHARE = 0.15;

/**
 * The function words of the language in which most of a text is; none for English, whose own are left out anyway, and for
 * languages that are not known here. Takes the words folded and in lower case.
 */
export function functionWordsOf(words: readonly string[]): ReadonlySet<string> {
  const sample = words.slice(0, SAMPLED_WORDS);
  const hits = (set: ReadonlySet<string>) => sample.filter((word) => set.has(word)).length;
  let best: ReadonlySet<string> = new Set();
  let most = Math.max(hits(STOP_WORDS), sample.length * LEAST_SHARE);
  for (const language of FUNCTION_WORDS) {
    const count = hits(language);
    if (count <= most) continue;
    most = count;
    best = language;
  }
  return best;
}
