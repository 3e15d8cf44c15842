import type { ProviderType } from "./entries.ts";

/** Seconds. A model's win over its provider's. */
export interface TimerSettings {
  readonly connectTimeoutSecs?: number | undefined;
  readonly headersTimeoutSecs?: number | undefined;
  readonly firstTokenTimeoutSecs?: number | undefined;
  readonly chunkTimeoutSecs?: number | undefined;
}

/** US dollars for 1,000 tokens, as the configuration has them. */
export interface CostSettings {
  readonly costPer1kTokens?: number | undefined;
  readonly costPer1kInput?: number | undefined;
  readonly costPer1kOutput?: number | undefined;
  readonly costPer1kCachedInput?: number | undefined;
}

export interface ModelSettings extends TimerSettings, CostSettings {
  readonly modelId: string;
  readonly task: readonly string[];
  readonly contextWindow: number;
  readonly maxOutputTokens?: number | undefined;
  readonly dimension?: number | undefined;
  readonly supportsVision: boolean;
  readonly supportsAudio: boolean;
  readonly supportsFunctionCalling?: boolean | undefined;
  readonly visionCapabilities: {
    readonly maxImages: number;
    readonly maxImageSizeMb: number;
    readonly supportedFormats: readonly string[];
  };
  readonly free?: boolean | undefined;
  readonly customTags: readonly string[];
  readonly timeoutSecs?: number | undefined;
  readonly providerSpecific: Readonly<Record<string, unknown>>;
}

export interface ProviderSetting extends TimerSettings {
  readonly id: string;
  readonly providerType: ProviderType;
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly apiKeys: readonly string[];
  readonly priority: number;
  readonly timeoutSecs: number;
  readonly maxConcurrency?: number | undefined;
  readonly coldStartTimeoutSecs?: number | undefined;
  readonly keepAlive?: string | undefined;
  readonly region?: string | undefined;
  readonly free?: boolean | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly providerSpecific: Readonly<Record<string, unknown>>;
  readonly models: readonly ModelSettings[];
}

/** What the registry reads of the configuration; `Config` of server/src/config fits, and was checked there. */
export interface ProviderSettings {
  readonly llmProviders: readonly ProviderSetting[];
  /** Model ids by task. */
  readonly defaultModels: Readonly<Record<string, string>>;
}
