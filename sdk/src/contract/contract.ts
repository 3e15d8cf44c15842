/** Every request, response and error code that crosses a process. */
export * from "./bridge.ts";
export * from "./bridge-faces.ts";
export * from "./bridge-routes.ts";
export * from "./context.ts";
export * from "./conversations.ts";
export * from "./errors.ts";
export * from "./key-routes.ts";
export * from "./keys.ts";
export * from "./pruning.ts";
export * from "./route.ts";
export * from "./routes.ts";
export * from "./search.ts";
export * from "./system.ts";
export * from "./transfer.ts";
export * from "./values.ts";
