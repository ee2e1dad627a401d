// The answer that brings this file allows WebAssembly, which no page of ours may use (aftersales/web/edge.py).
const version = self.location.search
importScripts(`/static/vendor/zxing.js${version}`)
const overrides = { locateFile: () => `/static/vendor/zxing.wasm${version}` }
let formats = []

const middle = (points, along) => points.reduce((sum, point) => sum + point[along], 0) / points.length

async function read({ pixels, width, height }) {
  const picture = new ImageData(new Uint8ClampedArray(pixels), width, height)
  const codes = await ZXingWASM.readBarcodes(picture, { formats, textMode: 'Plain', maxNumberOfSymbols: 8 })
  return codes.filter((code) => code.isValid).map((code) => {
    const points = Object.values(code.position)
    return { text: code.text, off: (middle(points, 'x') / width - 0.5) ** 2 + (middle(points, 'y') / height - 0.5) ** 2 }
  })
}

// The first message says which codes are wanted and is answered when everything is there; each further one is a picture.
self.onmessage = async ({ data }) => {
  try {
    if (data.kinds) {
      formats = data.kinds
      await ZXingWASM.prepareZXingModule({ overrides, fireImmediately: true })
    }
    self.postMessage({ found: data.kinds ? [] : await read(data) })
  } catch {
    self.postMessage({ failed: true })
  }
}
