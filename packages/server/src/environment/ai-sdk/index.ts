// Needs the optional peer `ai`.
export { type AiSdkAgentOptions, aiSdkAgent } from './ai-sdk-agent.ts';
export { messagesFromBlocks } from './messages-from-blocks.ts';
