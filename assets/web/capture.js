// A picture from the camera, a sound from the microphone: files of the next question like any others. The buttons are
// shown where the browser has the one or the other and the model reads what comes of it.
(() => {
  "use strict";

  const { h } = window.sciview;
  const { words, filled, textBox } = window.desk;
  const RATE_HZ = 16_000; // what speech and most of a laboratory's sounds need
  const MAX_SECONDS = 120;

  const camera = h("input", { type: "file", accept: "image/*", capture: "environment", hidden: true });
  const hasCamera = () => "capture" in HTMLInputElement.prototype; // desktops open a file dialog instead
  const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder && window.OfflineAudioContext);

  camera.addEventListener("change", () => {
    window.attachments.add([...camera.files]);
    camera.value = "";
    textBox()?.focus();
  });

  let recorder = null;
  let clock = null;

  const recordButton = () => document.querySelector("#attach .bs-record");

  function showState(seconds) {
    const button = recordButton();
    button.setAttribute("aria-pressed", String(seconds !== null));
    button.querySelector("span").textContent = seconds === null ? words().record : filled(words().recording, { seconds });
  }

  async function start() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      window.attachments.report(filled(words().no_microphone, { reason: error.message || error.name }));
      return;
    }
    const chunks = [];
    recorder = new MediaRecorder(stream);
    recorder.addEventListener("dataavailable", (event) => chunks.push(event.data));
    recorder.addEventListener("stop", () => end(stream, chunks), { once: true });
    recorder.start();
    const since = performance.now();
    showState(0);
    clock = setInterval(() => {
      const seconds = Math.floor((performance.now() - since) / 1000);
      if (seconds >= MAX_SECONDS) recorder.stop();
      else showState(seconds);
    }, 250);
  }

  async function end(stream, chunks) {
    clearInterval(clock);
    stream.getTracks().forEach((track) => track.stop());
    recorder = null;
    showState(null);
    try {
      const sound = await decoded(await new Blob(chunks).arrayBuffer());
      const time = new Date().toTimeString().slice(0, 8).replaceAll(":", "-");
      window.attachments.add([new File([wav(sound)], `${words().recording_name}-${time}.wav`, { type: "audio/wav" })]);
    } catch (error) {
      window.attachments.report(filled(words().no_microphone, { reason: error.message || error.name }));
    }
  }

  /** One channel at RATE_HZ, as numbers from -1 to 1. */
  async function decoded(bytes) {
    const whole = await new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(bytes);
    const context = new OfflineAudioContext(1, Math.max(1, Math.ceil(whole.duration * RATE_HZ)), RATE_HZ);
    const source = new AudioBufferSourceNode(context, { buffer: whole });
    source.connect(context.destination);
    source.start();
    return (await context.startRendering()).getChannelData(0);
  }

  /** RIFF, 16-bit PCM. */
  function wav(samples) {
    const HEADER_BYTES = 44;
    const view = new DataView(new ArrayBuffer(HEADER_BYTES + 2 * samples.length));
    const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
    text(0, "RIFF");
    view.setUint32(4, view.byteLength - 8, true);
    text(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, RATE_HZ, true);
    view.setUint32(28, 2 * RATE_HZ, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    text(36, "data");
    view.setUint32(40, 2 * samples.length, true);
    samples.forEach((sample, i) => view.setInt16(HEADER_BYTES + 2 * i, Math.max(-1, Math.min(1, sample)) * 0x7fff, true));
    return view.buffer;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#attach .bs-camera")) camera.click();
    if (!event.target.closest?.("#attach .bs-record")) return;
    if (recorder) recorder.stop();
    else start();
  });
  window.modelFacts.watch((facts) => {
    const { classList } = document.documentElement;
    classList.toggle("bs-has-camera", hasCamera() && facts.reads.includes("image"));
    classList.toggle("bs-can-record", canRecord() && facts.reads.includes("signal"));
  });
})();
