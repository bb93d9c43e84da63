"""Any server that speaks OpenAI's chat completions, such as Ollama, llama.cpp or vLLM, as a brain for bars
that want no cloud. The SDK takes most of a second to import: this file, brain.py and registration.py do
not."""
