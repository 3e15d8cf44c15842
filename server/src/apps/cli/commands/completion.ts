import { Argument, type Command } from "commander";
import type { Action } from "../action.ts";
import { completionScript, type Shell } from "../completion-scripts.ts";
import { completionTree } from "../completion-tree.ts";
import type { Session } from "../session.ts";

export function addCompletionCommand(program: Command, action: Action): void {
  program
    .command("completion")
    .description("Write a script with which a shell completes commands and options.")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh", "fish"]))
    .addHelpText(
      "after",
      `
Write it again after an update: it holds the commands of this version.

Examples:
  $ sekha completion bash > ~/.local/share/bash-completion/completions/sekha
  $ sekha completion zsh > ~/.zfunc/_sekha   # with ~/.zfunc in fpath, before compinit
  $ sekha completion fish > ~/.config/fish/completions/sekha.fish
`,
    )
    .action(
      action((session: Session, shell: Shell) => {
        session.io.stdout.write(completionScript(shell, completionTree(program)));
      }),
    );
}
