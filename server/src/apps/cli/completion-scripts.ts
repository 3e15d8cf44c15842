import type { CompletedCommand, CompletedOption } from "./completion-tree.ts";

export type Shell = "bash" | "zsh" | "fish";

/** A script that completes commands, options and the values they take; files where nothing else is known. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  return { bash, zsh, fish }[shell](commands);
}

function bash(commands: readonly CompletedCommand[]): string {
  return `# bash completion for sekha; sekha completion bash > ~/.local/share/bash-completion/completions/sekha
_sekha() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local path=sekha words="" place
  for ((place = 1; place < COMP_CWORD; place++)); do
    case "$path \${COMP_WORDS[place]}" in
${steps(commands)}
    esac
  done
  case "$path $previous" in
${valueCases(commands, (values) => `words="${values}"`)}
  esac
  if [[ -z $words ]]; then
    case "$path" in
${commands.map((command) => `    "${command.path}") words="${wordsOf(command)}" ;;`).join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _sekha sekha
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  return `#compdef sekha
# zsh completion for sekha; sekha completion zsh > a folder of $fpath, as _sekha
_sekha() {
  local current="\${words[CURRENT]}" previous="\${words[CURRENT-1]}" path_=sekha
  local -a values
  local -i place
  for ((place = 2; place < CURRENT; place++)); do
    case "$path_ \${words[place]}" in
${steps(commands, "path_")}
    esac
  done
  case "$path_ $previous" in
${valueCases(commands, (values) => `compadd -- ${values}; return`)}
  esac
  case "$path_" in
${commands.map(zshCase).join("\n")}
  esac
  _describe -V command values || _files
}
# As a file of $fpath this is the function's first call; sourced it only declares it.
if [[ $funcstack[1] == _sekha ]]; then _sekha "$@"; else compdef _sekha sekha; fi
`;
}

function zshCase(command: CompletedCommand): string {
  const entries = [
    ...command.subcommands,
    ...command.options.map(({ long, description }) => ({ name: long, description })),
  ];
  const values = entries.map(
    ({ name, description }) => `'${quoted(name)}:${quoted(description).replaceAll(":", "\\:")}'`,
  );
  return `    "${command.path}") values=(${values.join(" ")}) ;;`;
}

function fish(commands: readonly CompletedCommand[]): string {
  return `# fish completion for sekha; sekha completion fish > ~/.config/fish/completions/sekha.fish
function __sekha_path
  set -l path sekha
  set -l tokens (commandline -opc)
  for word in $tokens[2..-1]
    switch "$path $word"
${commands.flatMap(fishSteps).join("\n")}
    end
  end
  echo $path
end
function __sekha_at
  test (__sekha_path) = "$argv[1]"
end
${commands.flatMap(fishLines).join("\n")}
`;
}

function fishSteps({ path, subcommands }: CompletedCommand): string[] {
  return subcommands.map(
    (sub) => `      case "${path} ${sub.name}"\n        set path "${sub.path}"`,
  );
}

function fishLines({ path, subcommands, options }: CompletedCommand): string[] {
  const at = `complete -c sekha -n '__sekha_at "${path}"'`;
  return [
    ...subcommands.map(
      ({ name, description }) => `${at} -f -a '${name}' -d '${quoted(description)}'`,
    ),
    ...options.map(
      ({ long, short, description, takesValue, choices }) =>
        `${at} -l ${long.slice(2)}${short === undefined ? "" : ` -s ${short.slice(1)}`}${
          takesValue ? " -r" : ""
        }${choices.length === 0 ? "" : ` -f -a '${choices.join(" ")}'`} -d '${quoted(description)}'`,
    ),
  ];
}

/** How a word leads from one command to one below it. */
function steps(commands: readonly CompletedCommand[], variable = "path"): string {
  return commands
    .flatMap(({ path, subcommands }) =>
      subcommands.map((sub) => `      "${path} ${sub.name}") ${variable}="${sub.path}" ;;`),
    )
    .join("\n");
}

/** Options whose values are known. */
function valueCases(
  commands: readonly CompletedCommand[],
  use: (values: string) => string,
): string {
  const withChoices = (option: CompletedOption) => option.choices.length > 0;
  return commands
    .flatMap(({ path, options }) =>
      options
        .filter(withChoices)
        .map(({ long, choices }) => `    "${path} ${long}") ${use(choices.join(" "))} ;;`),
    )
    .join("\n");
}

function wordsOf({ subcommands, options }: CompletedCommand): string {
  return [...subcommands.map(({ name }) => name), ...options.map(({ long }) => long)].join(" ");
}

/** For single quotes of a shell. */
function quoted(text: string): string {
  return text.replaceAll("'", "’").replace(/\s+/g, " ");
}
