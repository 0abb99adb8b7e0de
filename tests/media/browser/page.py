"""A page that is one end of a WebRTC call, served on loopback, which is a secure context."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PAGE = """<!doctype html><title>leg</title><audio id=speaker autoplay></audio><script>
let pc, context, analyser;
const plain = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
async function addMicrophone() {
  const stream = await navigator.mediaDevices.getUserMedia({audio: plain});
  stream.getTracks().forEach(track => pc.addTrack(track, stream));
}
async function begin(wishes) {
  pc = new RTCPeerConnection({iceServers: []});
  window.streams = -1;
  pc.ontrack = e => {
    window.streams = e.streams.length;
    speaker.srcObject = e.streams[0] || new MediaStream([e.track]);
  };
  if (wishes.microphone) await addMicrophone();
  if (wishes.video) pc.addTransceiver('video');
  if (wishes.data) pc.createDataChannel('data');
}
function gathered() {
  return new Promise(done => {
    if (pc.iceGatheringState === 'complete') return done();
    pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && done();
  });
}
async function offer(options) {
  await pc.setLocalDescription(await pc.createOffer(options));
  await gathered();
  return pc.localDescription.sdp;
}
const accept = sdp => pc.setRemoteDescription({type: 'answer', sdp});
async function answer(sdp, microphone) {
  await pc.setRemoteDescription({type: 'offer', sdp});
  if (microphone) await addMicrophone();
  await pc.setLocalDescription();
  await gathered();
  return pc.localDescription.sdp;
}
async function listen() {
  if (analyser) return;
  context = new AudioContext();
  analyser = new AnalyserNode(context, {fftSize: 4096, smoothingTimeConstant: 0});
  context.createMediaStreamSource(speaker.srcObject).connect(analyser);
  await context.resume();
}
function analyse() {
  const bins = new Float32Array(analyser.frequencyBinCount), wave = new Float32Array(4096);
  analyser.getFloatFrequencyData(bins);
  analyser.getFloatTimeDomainData(wave);
  const strongest = bins.indexOf(Math.max(...bins));
  const power = wave.reduce((sum, v) => sum + v * v, 0) / wave.length;
  return [strongest * context.sampleRate / 4096, 10 * Math.log10(power + 1e-12)];
}
const turn = direction => { pc.getTransceivers()[0].direction = direction; };
const stat = async type => [...(await pc.getStats()).values()].find(s => s.type === type) || null;
const press = digits => pc.getSenders()[0].dtmf.insertDTMF(digits, 100, 70);
</script>"""


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def served() -> Iterator[str]:
    """The page's address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()
