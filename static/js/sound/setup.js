// Maya's voice put together from what the page and its browser have.
import { Captions } from "./captions.js";
import { BrowserSpeech } from "./browser-speech.js";
import { AudioOutput } from "./output.js";
import { Player } from "./player.js";
import { RATE } from "./queue.js";
import { Voice } from "./voice.js";

const GESTURES = ["pointerup", "keydown", "touchend"];

export function setUpVoice({ socket, page, onSpeaking }) {
  const find = (selector) => page.querySelector(selector);
  const place = find("[data-sound]"), button = find("[data-voice]");
  const output = new AudioOutput({ worklet: place.dataset.player, rate: RATE });
  const player = new Player({
    output,
    send: (t, d) => socket.sendOnce(t, d),
    onProgress: (progress) => voice.playbackProgressed(progress),
    onSilence: () => voice.playbackEnded(),
  });
  const voice = new Voice({
    output, player, socket, button,
    label: find("[data-sound-says]"),
    volume: find("[data-volume]"),
    avatar: find("[data-maya]"),
    captions: new Captions({ element: find("[data-caption]") }),
    storage: localStorage,
    browserSpeech: new BrowserSpeech({ lang: page.documentElement.lang, onEnd: () => onSpeaking(false) }),
    onSpeaking,
    reducesMotion: matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  place.hidden = button.hidden = false;
  for (const gesture of GESTURES)
    addEventListener(gesture, ({ target }) => button.contains(target) || voice.unlockOnGesture());
  return voice;
}
