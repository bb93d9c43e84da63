// The stock client, unchanged: all it is told is the address. What it hears is kept in `log`.
import { PipecatClient } from "@pipecat-ai/client-js";
import { WavMediaManager, WebSocketTransport } from "@pipecat-ai/websocket-transport";

const log = [];
const NAMES = ["onConnected", "onDisconnected", "onTransportStateChanged", "onBotReady", "onBotLlmStarted", "onBotLlmText",
  "onBotLlmStopped", "onBotOutput", "onBotTtsStarted", "onBotTtsText", "onBotTtsStopped", "onBotStartedSpeaking",
  "onBotStoppedSpeaking", "onUserStartedSpeaking", "onUserStoppedSpeaking", "onUserTranscript", "onServerMessage",
  "onLLMFunctionCallStarted", "onLLMFunctionCallInProgress", "onLLMFunctionCallStopped", "onMetrics", "onMessageError", "onError"];

const callbacks = Object.fromEntries(NAMES.map((name) => [name, (said) => log.push([name, JSON.parse(JSON.stringify(said ?? null))])]));

globalThis.stock = {
  log,
  async connect(wsUrl, { microphone = false } = {}) {
    // Its usual media manager fetches its machine from the vendor's network; this one of the same package needs none.
    const transport = new WebSocketTransport({ wsUrl, mediaManager: new WavMediaManager(512, 16_000) });
    this.client = new PipecatClient({ transport, enableMic: microphone, enableCam: false, callbacks });
    await this.client.connect();
  },
};
