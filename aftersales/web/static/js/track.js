(() => {
  const address = document.body.dataset.live
  if (!address || !window.EventSource) return
  const announce = document.getElementById('announce')
  let opened = false
  let touched = false

  document.addEventListener('input', () => { touched = true })
  // Away in the camera: the photo must find its form again.
  document.addEventListener('click', (event) => { if (event.target.type === 'file') touched = true })

  const nameOf = (el) => `${el.closest('[id]').id}: ${el.querySelector('summary').textContent.trim()}`
  const folds = (page) => [...page.querySelectorAll('details')]

  async function refetch() {
    // What the customer is writing or choosing is not taken away; the server refuses a stale answer with its reason.
    if (touched) return
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
    const html = await answer.text()
    if (!answer.ok || touched) return
    const page = new DOMParser().parseFromString(html, 'text/html').getElementById('page')
    const old = document.getElementById('page')
    if (!page || page.textContent === old.textContent) return
    const open = folds(old).filter((el) => el.open).map(nameOf)
    folds(page).forEach((el) => { if (open.includes(nameOf(el))) el.open = true })
    old.replaceWith(page)
    announce.textContent = announce.dataset.text
  }

  // A browser comes back by itself after a cut line, but not after an answer: 503, or a proxy's 502 during a restart.
  let wait = 2000
  function listen() {
    const source = new EventSource(address)
    source.addEventListener('changed', refetch)
    source.addEventListener('ended', () => source.close())
    source.addEventListener('open', () => { if (opened) refetch(); opened = true; wait = 2000 })
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return
      opened = true
      setTimeout(listen, wait)
      wait = Math.min(wait * 2, 300000)
    })
  }
  listen()
})()
