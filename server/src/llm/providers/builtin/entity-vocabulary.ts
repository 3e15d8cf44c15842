function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s*,\s*|\s*\n\s*/));
}

/** Lower case. Common first names of several languages; none that is also a common English word or a product. */
export const GIVEN_NAMES = words(`
aaron, abdul, abigail, adam, adrian, ahmed, aisha, alan, albert, alejandro, alex, alexander, alexandra, ali, alice, alicia,
alina, amanda, amelia, amina, amir, amy, ana, andrea, andreas, andrew, andrey, angela, anita, anja, anna, anne, anton,
antonio, arjun, arthur, astrid, barbara, beatrice, ben, benjamin, bernd, bianca, bill, björn, bob, boris, brian, bruno,
camila, carl, carla, carlos, carmen, carol, caroline, catherine, cecilia, charles, charlotte, chen, chloe, chris, christian,
christina, christine, claire, clara, claudia, daniel, daniela, david, deborah, diana, diego, dieter, dmitry, dorothy,
edward, elena, eleanor, elias, elif, elisabeth, elizabeth, ella, emil, emily, emma, eric, erik, esther, eva, fatima, felix,
fernando, fiona, florian, francesca, francisco, frank, franz, fred, frederick, gabriel, gabriela, george, giulia, gregory,
greta, hana, hannah, hans, harry, hassan, heike, heinrich, helen, helena, henrik, henry, hiroshi, hugo, ian, ibrahim,
ingrid, irene, isabel, isabella, ivan, jack, jacob, jakob, james, jan, jane, janet, jason, javier, jean, jeff, jennifer,
jens, jessica, jim, joan, joe, johan, johanna, john, jonas, jonathan, jorge, josé, joseph, joshua, juan, judith, julia,
julian, julie, jürgen, karen, karin, karl, kate, katharina, katherine, kathrin, kenji, kevin, khalid, klaus, lars, laura,
lauren, laurent, lea, lena, leo, leon, leonardo, lily, linda, lisa, liu, louis, louise, luca, lucas, lucia, lucy, luis,
lukas, magdalena, manuel, marco, marcus, margaret, maria, marie, marina, mario, markus, marta, martha, martin, mary, mateo,
matthew, matthias, maya, mei, melanie, melissa, michael, michelle, miguel, mikhail, mohamed, mohammed, monica, monika,
muhammad, nadia, nancy, natalia, natalie, nathan, nicholas, nicole, nikolai, nina, noah, nora, olga, oliver, olivia, omar,
oscar, otto, pablo, patricia, patrick, paul, paula, pedro, peter, petra, philip, philipp, pierre, priya, rachel, rafael,
rahul, raj, ralf, rebecca, ricardo, richard, robert, roberto, roger, ronald, rosa, ruth, ryan, sabine, sam, samantha,
samuel, sandra, sara, sarah, sebastian, sergei, sergio, simon, sofia, sonja, sophia, sophie, stefan, stefanie, stephanie,
stephen, steve, steven, susan, susanne, svetlana, sven, tatiana, theo, theresa, thomas, tim, timothy, tobias, tom, tomás,
ulrich, ursula, uwe, valentina, valeria, vera, victor, victoria, viktor, vincent, vladimir, walter, wei, werner, william,
wolfgang, xavier, yasmin, yuki, yusuf, yuri, zoe`);

/** Lower case. Companies and institutions that conversations with models name often. */
export const ORGANIZATIONS = words(`
adobe, airbnb, alibaba, amazon, amd, anthropic, apple, bbc, bmw, boeing, bosch, canonical, cisco, cloudflare, cnn,
coinbase, databricks, deepmind, deepseek, dell, deutsche bahn, dropbox, ebay, ericsson, facebook, fedex, github, gitlab,
goldman sachs, google, hashicorp, hugging face, ibm, ikea, intel, jetbrains, lufthansa, mckinsey, mercedes-benz, meta,
microsoft, mistral ai, mit, mozilla, nasa, nestlé, netflix, nintendo, nokia, nvidia, openai, oracle, paypal, pfizer,
philips, qualcomm, red hat, salesforce, samsung, sap, shopify, siemens, sony, spacex, spotify, stanford, stripe, tencent,
tesla, toyota, twitter, uber, unesco, unicef, visa, volkswagen, volvo, walmart, who, zalando`);

/** Lower case. What people name when they talk about software; words that mean something else in plain text are left out. */
export const TECHNOLOGIES = words(`
angular, ansible, apache, api, asp.net, aws, azure, bash, c#, c++, chromadb, cassandra, clickhouse, cmake, css, cuda,
django, docker, dynamodb, elasticsearch, electron.js, elixir, erlang, express.js, fastapi, fastify, flask, flutter, gcp,
git, github actions, golang, grafana, graphql, grpc, hadoop, haskell, helm, html, http, https, java, javascript, jenkins,
jest, json, jwt, kafka, keycloak, kotlin, kubernetes, langchain, laravel, linux, llama.cpp, llm, macos, mariadb, mongodb,
mqtt, mysql, neo4j, next.js, nginx, node.js, nodejs, npm, numpy, oauth, ollama, openssl, pandas, pgvector, php, playwright,
podman, postgres, postgresql, prometheus, protobuf, pydantic, pytest, python, pytorch, rabbitmq, rag, react, redis, rest,
ruby on rails, rust, scala, scikit-learn, selenium, spring boot, sql, sqlite, ssh, svelte, tailwind, tensorflow,
terraform, tls, typescript, ubuntu, vite, vitest, vue, vue.js, wasm, webassembly, webpack, websocket, xml, yaml`);
