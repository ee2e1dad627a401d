(() => {
  const list = document.querySelector('[data-place]')
  const here = location.pathname + location.search
  const section = location.pathname.split('/').slice(0, 3).join('/')
  const key = (name) => `aftersales.place:${name}`

  if (list) {
    const kept = JSON.parse(sessionStorage.getItem(key(section)) ?? 'null')
    if (kept?.here === here && Date.now() - kept.at < 1800000) {
      window.scrollTo(0, kept.y)
      if (kept.leftTo) list.querySelector(`a[href="${CSS.escape(kept.leftTo)}"]`)?.focus({ preventScroll: true })
    }
    let leftTo = ''
    list.addEventListener('click', (event) => { leftTo = event.target.closest('a')?.getAttribute('href') ?? '' })
    window.addEventListener('pagehide', () => {
      sessionStorage.setItem(key(section), JSON.stringify({ here, y: window.scrollY, leftTo, at: Date.now() }))
    })
  }

  // By hand: scrollIntoView would also move the place from which Tab starts past the link that skips to the page.
  const current = document.querySelector('.rail [aria-current]')
  const strip = current?.closest('ul')
  if (strip) strip.scrollLeft += current.getBoundingClientRect().left - strip.getBoundingClientRect().left - strip.clientWidth / 3

  const back = document.querySelector('[data-back]')
  if (back) {
    const kept = JSON.parse(sessionStorage.getItem(key(new URL(back.href).pathname)) ?? 'null')
    if (kept) back.href = kept.here
  }
})()
