/** @sekha/sdk: everything that a program imports from it. */
export {
  BridgeClient,
  type BridgeClientConfig,
  type CostsQuery,
} from "./bridge-client.ts";
export type { ChatChunk, ChatClient, ChatCompletion, ChatRequest } from "./chat-client.ts";
export type { ClientOptions, ImportOptions } from "./client.ts";
export type { ConnectionOptions } from "./connection.ts";
export type { ContextClient } from "./context-client.ts";
export type {
  BridgeHealth,
  BridgeModelOutput,
  ProviderHealthOutput,
  ProviderTest,
} from "./contract/bridge.ts";
export type { CostsOutput } from "./contract/bridge-costs.ts";
export type {
  AssembleContextRequest,
  AssembledContextOutput,
  ContextMessageOutput,
} from "./contract/context.ts";
export type {
  ConversationList,
  ConversationOutput,
  ConversationWithMessages,
  CreateConversationRequest,
  MessageInput,
  MessageOutput,
} from "./contract/conversations.ts";
export type { ErrorCode, ErrorDetail } from "./contract/errors.ts";
export type { KeyResponse, KeyScope, UserResponse } from "./contract/keys.ts";
export type {
  AutoLabelOutput,
  LabelSuggestionOutput,
  SuggestLabelsRequest,
} from "./contract/labels.ts";
export type { MemoryToolName } from "./contract/memory-tools.ts";
export type { SearchFilters, SearchHit, SearchRequest, SearchResponse } from "./contract/search.ts";
export type {
  ConfigReport,
  EmbeddingsStatus,
  Health,
  JobResponse,
  Stats,
} from "./contract/system.ts";
export type { ImportReport } from "./contract/transfer.ts";
export type { ConversationsClient } from "./conversations-client.ts";
export {
  type ApiErrorCode,
  SekhaApiError,
  SekhaApiError as SekhaAPIError,
  SekhaAuthError,
  SekhaConnectionError,
  SekhaError,
  SekhaNotFoundError,
  SekhaTimeoutError,
  SekhaValidationError,
} from "./errors.ts";
export type { FactsClient } from "./facts-client.ts";
export type { KeysClient } from "./keys-client.ts";
export type { LabelsClient } from "./labels-client.ts";
export type { MemoryClient, ToolArguments, ToolData } from "./memory-client.ts";
export {
  type ContentPart,
  type ConversationStatus,
  extractImageUrls,
  extractText,
  hasImages,
  isMultiModalContent,
  isValidStatus,
  type MessageContent,
} from "./message-content.ts";
export type { PruneClient } from "./prune-client.ts";
export type {
  Backup,
  ConversationFilters,
  ExportQuery,
  ImportQuery,
  ListQuery,
  Time,
} from "./request-types.ts";
export {
  createSekhaClient,
  SekhaClient,
  // biome-ignore lint/style/noDefaultExport: version 1's programs import it so.
  SekhaClient as default,
  type SekhaClientOptions,
} from "./sekha-client.ts";
export type { SummariesClient } from "./summaries-client.ts";
export type { CallOptions, FetchFunction, UploadBody } from "./transport.ts";
export type { UsersClient } from "./users-client.ts";
export { createMCPClient, MCPClient, type MCPClientConfig } from "./v1/mcp-client.ts";
export {
  MemoryController,
  MemoryController as Sekha,
  type MemoryControllerConfig,
} from "./v1/memory-controller.ts";
export type {
  FoundConversation,
  FoundMessage,
  FoundMessages,
  ListedConversations,
  SearchAnswer,
  WordSearchAnswer,
} from "./v1/search-answers.ts";
export type {
  CompletionOptions,
  ContextOptions,
  MemoryOptions,
  NewMessages,
  ServiceHealth,
  ServicesHealth,
  StoreOptions,
} from "./v1/workflows.ts";
export { SDK_VERSION } from "./version.ts";
