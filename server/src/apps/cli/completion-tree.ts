import type { Command, Option } from "commander";

/** A command as completion scripts need it. */
export interface CompletedCommand {
  /** From the program on: `sekha keys create`. */
  path: string;
  description: string;
  /** Names and aliases of the commands below it. */
  subcommands: { name: string; description: string; path: string }[];
  options: CompletedOption[];
}

export interface CompletedOption {
  long: string;
  short: string | undefined;
  description: string;
  takesValue: boolean;
  choices: readonly string[];
}

/** Every command of the program, the program first. */
export function completionTree(program: Command): CompletedCommand[] {
  const shared = program.options.map(completedOption);
  return walk(program, program.name(), shared);
}

function walk(
  command: Command,
  path: string,
  shared: readonly CompletedOption[],
): CompletedCommand[] {
  const children = command.commands.filter((child) => !isHidden(child));
  const own = command.options.filter((option) => !option.hidden).map(completedOption);
  const known = new Set(own.map(({ long }) => long));
  const entry: CompletedCommand = {
    path,
    description: command.description(),
    subcommands: children.flatMap((child) =>
      [child.name(), ...child.aliases()].map((name) => ({
        name,
        description: child.description(),
        path: `${path} ${child.name()}`,
      })),
    ),
    options: [...own, HELP, ...shared.filter(({ long }) => !known.has(long))],
  };
  return [entry, ...children.flatMap((child) => walk(child, `${path} ${child.name()}`, shared))];
}

const HELP: CompletedOption = {
  long: "--help",
  short: "-h",
  description: "show what it does",
  takesValue: false,
  choices: [],
};

function completedOption(option: Option): CompletedOption {
  return {
    long: option.long ?? "",
    short: option.short,
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}

/** Commander keeps it private, and shows such a command in no help. */
function isHidden(command: Command): boolean {
  return (command as Command & { _hidden?: boolean })._hidden === true;
}
