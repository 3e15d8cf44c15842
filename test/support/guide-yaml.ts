/** The configurations that the migration guide shows, to the letter. */

/** What `migrate-config-v2.sh` writes for its example. */
export const MIGRATED_YAML = `llm_providers:
  - id: ollama_migrated
    provider_type: ollama
    base_url: http://localhost:11434  # From OLLAMA_URL
    priority: 1
    models:
      - model_id: nomic-embed-text:latest
        task: embedding
        context_window: 8192
        dimension: 768
      - model_id: llama3.1:8b
        task: chat_small
        context_window: 128000

default_models:
  embedding: nomic-embed-text:latest
  chat_small: llama3.1:8b

routing:
  enable_fallback: true
  cost_limit_per_request: 0.10
`;

/** After "Adding OpenAI". */
export const WITH_OPENAI_YAML = `llm_providers:
  # Existing Ollama provider
  - id: ollama_migrated
    provider_type: ollama
    base_url: http://localhost:11434
    priority: 2  # Lower priority (try second)
    models:
      - model_id: nomic-embed-text:latest
        task: embedding
        dimension: 768

  # NEW: OpenAI provider
  - id: openai_cloud
    provider_type: openai
    base_url: https://api.openai.com/v1
    api_key: \${OPENAI_API_KEY}  # From environment
    priority: 1  # Higher priority (try first)
    models:
      - model_id: text-embedding-3-large
        task: embedding
        dimension: 3072
        cost_per_1k_tokens: 0.00013
      - model_id: gpt-4o
        task: chat_smart
        supports_vision: true
        cost_per_1k_input: 0.0025
        cost_per_1k_output: 0.01

default_models:
  embedding: text-embedding-3-large  # Now default
  chat_smart: gpt-4o
`;
