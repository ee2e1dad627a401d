(() => {
  const remembered = 'aftersales.keys'
  const typing = (el) => el.closest('input, textarea, select, [contenteditable]')
  const rows = () => [...document.querySelectorAll('[data-row]')]
  const linkOf = (row) => row.querySelector('.row-link, a, button')

  function step(by) {
    const all = rows()
    if (!all.length) return
    const here = all.findIndex((row) => row.contains(document.activeElement))
    const next = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by))
    linkOf(all[next])?.focus()
    all[next].scrollIntoView({ block: 'nearest' })
  }

  function showKeys() {
    const keys = document.getElementById('keys')
    keys.open = !keys.open
    if (keys.open) keys.querySelector('summary').focus()
  }

  const does = {
    '/': () => { const box = document.getElementById('search'); box.focus(); box.select() },
    j: () => step(1),
    k: () => step(-1),
    '?': showKeys,
    // What is folded away cannot be focused: where only the customer can go on, that is everything but its heading.
    n: () => [...document.querySelectorAll('#next :is(summary, button)')].find((one) => one.checkVisibility())?.focus(),
    u: () => document.querySelector('[data-back]')?.click(),
  }

  function leave(target) {
    const open = target.closest('details[open]') ?? document.querySelector('.menu[open]')
    if (typing(target)) target.blur()
    else if (open) { open.open = false; open.querySelector('summary').focus() }
  }

  // A single-letter key must be possible to switch off: speech input types letters (WCAG 2.1.4).
  const box = document.getElementById('keys-on')
  box.checked = localStorage.getItem(remembered) !== 'off'
  box.addEventListener('change', () => localStorage.setItem(remembered, box.checked ? 'on' : 'off'))

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.key === 'Escape') return leave(event.target)
    if (!box.checked || typing(event.target) || !does[event.key]) return
    event.preventDefault()
    does[event.key]()
  })

  document.addEventListener('click', (event) => {
    const menu = document.querySelector('.menu[open]')
    if (menu && !menu.contains(event.target)) menu.open = false
  })
})()
