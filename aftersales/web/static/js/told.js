(() => {
  const worker = '/static/js/told-worker.js'
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) return
  let state = ''

  const part = () => document.getElementById('told')
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))

  function show(next) {
    state = next ?? state
    const section = part()
    if (!section || !state) return
    section.querySelectorAll('[data-when]').forEach((el) => { el.hidden = !el.dataset.when.split(' ').includes(state) })
    section.hidden = false
  }

  async function known() {
    const registration = await navigator.serviceWorker.getRegistration(worker)
    return registration ? registration.pushManager.getSubscription() : null
  }

  async function post(address, found) {
    const body = new URLSearchParams({ csrf: part().dataset.csrf, endpoint: found.endpoint })
    const { keys } = found.toJSON()
    if (address === part().dataset.url) Object.entries(keys).forEach(([name, value]) => body.set(name, value))
    const answer = await fetch(address, { method: 'POST', body })
    if (!answer.ok) throw new Error(`${answer.status}`)
  }

  async function awake(registration) {
    const one = registration.installing ?? registration.waiting ?? registration.active
    while (one.state !== 'activated') {
      await new Promise((resolve) => { one.addEventListener('statechange', resolve, { once: true }) })
      if (one.state === 'redundant') throw new Error('no worker')
    }
  }

  async function start() {
    if (await Notification.requestPermission() !== 'granted') return 'denied'
    const registration = await navigator.serviceWorker.register(worker)
    await awake(registration)
    const old = await registration.pushManager.getSubscription()
    // One that was made for another key of ours reaches nobody.
    if (old) await old.unsubscribe()
    const found = await registration.pushManager.subscribe({
      userVisibleOnly: true, applicationServerKey: bytes(part().dataset.key),
    })
    await post(part().dataset.url, found)
    return 'on'
  }

  async function stop() {
    const found = await known()
    if (found) {
      await post(part().dataset.forget, found)
      await found.unsubscribe()
    }
    return 'off'
  }

  document.addEventListener('click', async (event) => {
    const does = { start, stop }[event.target.closest?.('#told button')?.dataset.does]
    if (!does) return
    event.target.setAttribute('aria-busy', 'true')
    try { show(await does()) } catch { show('failed') } finally { event.target.removeAttribute('aria-busy') }
  })

  async function begin() {
    if (!part()) return
    if (Notification.permission === 'denied') return show('denied')
    const found = await known()
    // The link in hand may be another person's: the browser is told for whoever opened it last.
    if (found && sessionStorage.getItem('told') !== part().dataset.csrf) {
      await post(part().dataset.url, found)
      sessionStorage.setItem('told', part().dataset.csrf)
    }
    show(found ? 'on' : 'off')
  }

  // News replaces parts of the page, and with them what was shown here.
  new MutationObserver(() => show()).observe(document.getElementById('page'), { childList: true })
  begin().catch(() => show('failed'))
})()
