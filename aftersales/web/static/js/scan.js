(() => {
  // Only some browsers read codes by themselves; elsewhere the scanner or the keyboard does.
  const button = document.querySelector('[data-scan]')
  if (!button || !('BarcodeDetector' in window) || !navigator.mediaDevices) return
  const into = document.getElementById(button.dataset.scan)
  const video = document.querySelector('[data-scan-view]')
  let stream = null

  function stop() {
    stream?.getTracks().forEach((track) => track.stop())
    stream = null
    video.hidden = true
    button.setAttribute('aria-pressed', 'false')
    into.focus()
  }

  async function look(detector) {
    if (!stream) return
    const [found] = await detector.detect(video).catch(() => [])
    const lines = into.value.split('\n').map((line) => line.trim()).filter(Boolean)
    if (found?.rawValue && !lines.includes(found.rawValue)) {
      into.value = [...lines, found.rawValue].join('\n') + '\n'
      document.getElementById('announce').textContent = found.rawValue
    }
    setTimeout(() => look(detector), 250)
  }

  button.hidden = false
  button.addEventListener('click', async () => {
    if (stream) { stop(); return }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
    } catch { return }
    video.srcObject = stream
    video.hidden = false
    button.setAttribute('aria-pressed', 'true')
    await video.play()
    look(new BarcodeDetector({ formats: ['code_128', 'qr_code'] }))
  })
})()
