(() => {
  // Where the page has no camera (nothing but TLS and localhost has one), the scanner or the keyboard does it.
  if (!navigator.mediaDevices?.getUserMedia) return
  const version = new URL(document.currentScript.src).search
  // What labels of products and returns bear; goods have their own beside it, which would be taken for a number.
  const NUMBERS = ['code_128', 'code_39', 'data_matrix', 'qr_code']
  const GOODS = ['ean_13', 'ean_8', 'upc_a', 'upc_e']
  const SAME_FOR = 3000
  const TIRED_AFTER = 120000
  const LONGEST = 1280
  let running = null

  const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms) })
  const off = (x, y) => (x - 0.5) ** 2 + (y - 0.5) ** 2

  async function ofBrowser(kinds) {
    if (!('BarcodeDetector' in window)) return null
    const known = await BarcodeDetector.getSupportedFormats().catch(() => [])
    if (!kinds.every((kind) => known.includes(kind))) return null
    const detector = new BarcodeDetector({ formats: kinds })
    const where = (box, video) => off((box.x + box.width / 2) / video.videoWidth, (box.y + box.height / 2) / video.videoHeight)
    return {
      end() {},
      async read(video) {
        const found = await detector.detect(video).catch(() => [])
        return found.map((code) => ({ text: code.rawValue, off: where(code.boundingBox, video) }))
      },
    }
  }

  function ofOurs(kinds) {
    const worker = new Worker(`/static/js/scan-worker.js${version}`)
    const canvas = document.createElement('canvas')
    const pen = canvas.getContext('2d', { willReadFrequently: true })
    let answer = null
    const ready = new Promise((resolve, reject) => { answer = { resolve, reject } })
    worker.onerror = () => answer.reject(new Error('no reader'))
    worker.onmessage = ({ data }) => (data.failed ? answer.reject(new Error('no reader')) : answer.resolve(data.found))
    worker.postMessage({ kinds })
    return {
      ready,
      end() { worker.terminate() },
      async read(video) {
        const scale = Math.min(1, LONGEST / Math.max(video.videoWidth, video.videoHeight))
        canvas.width = Math.round(video.videoWidth * scale)
        canvas.height = Math.round(video.videoHeight * scale)
        if (!canvas.width || !canvas.height) return []
        pen.drawImage(video, 0, 0, canvas.width, canvas.height)
        const { data, width, height } = pen.getImageData(0, 0, canvas.width, canvas.height)
        return new Promise((resolve, reject) => {
          answer = { resolve, reject }
          worker.postMessage({ pixels: data.buffer, width, height }, [data.buffer])
        })
      },
    }
  }

  // Our own QR codes lead to a page with the number; any other address is none.
  function numberIn(text) {
    if (!/^https?:\/\//i.test(text)) return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
    try { return new URL(text).searchParams.get('number') ?? '' } catch { return '' }
  }

  const bare = (text) => text.replace(/[\s-]/g, '').toUpperCase()
  const say = (box, words, code = '') => { box.querySelector('[role=status]').textContent = (box.dataset[words] ?? '').replace('{code}', code) }

  function press(box, on) {
    const button = box.querySelector('button')
    button.textContent = on ? box.dataset.stop : box.dataset.start
    box.querySelector('video').hidden = !on
    box.toggleAttribute('data-on', on)
  }

  function stop(words) {
    if (!running) return
    const { box, stream, reader } = running
    running = null
    stream?.getTracks().forEach((track) => track.stop())
    reader?.end()
    press(box, false)
    if (words !== undefined) say(box, words)
  }

  function write(box, code) {
    const field = document.getElementById(box.dataset.scan)
    const many = box.hasAttribute('data-many')
    const lines = many ? field.value.split('\n').map((line) => line.trim()).filter(Boolean) : []
    if (lines.some((line) => bare(line) === bare(code))) {
      say(box, 'again', code)
      return
    }
    field.value = many ? `${[...lines, code].join('\n')}\n` : code
    field.dispatchEvent(new Event('input', { bubbles: true }))
    field.dispatchEvent(new Event('change', { bubbles: true }))
    navigator.vibrate?.(60)
    if (!many) {
      stop()
      field.focus()
    }
    say(box, 'read', code)
  }

  async function look(mine) {
    let last = ''
    let taken = { text: '', at: 0 }
    let heard = Date.now()
    while (running === mine) {
      const codes = await mine.reader.read(mine.video)
      if (running !== mine) return
      if (!mine.box.isConnected || Date.now() - heard > TIRED_AFTER) {
        stop('')
        return
      }
      // Of several the one that is aimed at; and only what two pictures say: some codes have no check digit.
      const text = codes.sort((a, b) => a.off - b.off)[0]?.text ?? ''
      const sure = text && text === last
      last = text
      if (sure) {
        heard = Date.now()
        const anew = text !== taken.text || heard - taken.at > SAME_FOR
        taken = { text, at: heard }
        const code = numberIn(text)
        if (anew && code) write(mine.box, code)
        else if (anew) say(mine.box, 'address')
      }
      await pause(sure ? 250 : 60)
    }
  }

  const NONE = ['NotFoundError', 'NotSupportedError', 'OverconstrainedError']
  const why = ({ name }) => (NONE.includes(name) ? 'none' : ['NotAllowedError', 'SecurityError'].includes(name) ? 'refused' : 'busy')

  async function start(box) {
    stop('')
    const kinds = box.dataset.kind === 'goods' ? [...NUMBERS, ...GOODS] : NUMBERS
    const mine = { box, video: box.querySelector('video'), stream: null, reader: null }
    running = mine
    press(box, true)
    say(box, 'aim')
    try {
      mine.reader = await ofBrowser(kinds) ?? ofOurs(kinds)
      // What reads is fetched while the customer is asked for the camera; that it fails is heard below.
      mine.reader.ready?.catch(() => {})
      const wanted = { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } }
      const stream = await navigator.mediaDevices.getUserMedia({ video: wanted })
      if (running !== mine) {
        stream.getTracks().forEach((track) => track.stop())
        mine.reader.end()
        return
      }
      mine.stream = stream
      mine.video.srcObject = stream
      await mine.video.play()
    } catch (error) {
      if (running === mine) stop(why(error))
      return
    }
    try {
      await mine.reader.ready
      await look(mine)
    } catch {
      if (running === mine) stop('lost')
    }
  }

  const show = () => document.querySelectorAll('[data-scan]').forEach((box) => { box.hidden = false })
  document.addEventListener('click', (event) => {
    const box = event.target.closest?.('[data-scan] button')?.closest('[data-scan]')
    if (!box) return
    if (running?.box === box) stop('')
    else start(box)
  })
  document.addEventListener('visibilitychange', () => { if (document.hidden) stop('') })
  window.addEventListener('pagehide', () => stop(''))
  document.addEventListener('htmx:afterSwap', show)
  show()
})()
