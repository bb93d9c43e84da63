// Maya's voice put together from what the page and its browser have.
import { Captions } from "./captions.js";
import { Elsewhere } from "./elsewhere.js";
import { Output } from "./output.js";
import { Player } from "./player.js";
import { RATE } from "./queue.js";
import { Voice } from "./voice.js";

const GESTURES = ["pointerup", "keydown", "touchend"];

export function voiceOfThePage({ socket, page, onSpeaking }) {
  const find = (selector) => page.querySelector(selector);
  const place = find("[data-sound]"), button = find("[data-voice]");
  const output = new Output({ worklet: place.dataset.player, rate: RATE });
  const player = new Player({
    output,
    tell: (t, d) => socket.tell(t, d),
    onHeard: (told) => voice.heard(told),
    onQuiet: () => voice.quiet(),
  });
  const voice = new Voice({
    output, player, socket, button,
    says: find("[data-sound-says]"),
    volume: find("[data-volume]"),
    figure: find("[data-maya]"),
    captions: new Captions({ place: find("[data-caption]") }),
    kept: localStorage,
    elsewhere: new Elsewhere({ lang: page.documentElement.lang, onQuiet: () => onSpeaking(false) }),
    onSpeaking,
    still: matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  place.hidden = button.hidden = false;
  for (const gesture of GESTURES) addEventListener(gesture, ({ target }) => button.contains(target) || voice.gesture());
  return voice;
}
