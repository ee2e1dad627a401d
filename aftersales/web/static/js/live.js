(() => {
  const live = document.getElementById('live')
  if (!live) return
  const news = document.getElementById('news')
  let opened = false
  let forced = false
  let missed = false

  const written = (el) => {
    if (el.type === 'hidden' || el.type === 'submit') return false
    if (el.type === 'checkbox' || el.type === 'radio') return el.checked !== el.defaultChecked
    if (el.type === 'file') return el.files.length > 0
    if (el.options) return [...el.options].some((o) => o.selected !== o.defaultSelected) && el.selectedIndex > 0
    // A button has no value of its own to begin with.
    return el.defaultValue !== undefined && el.value !== el.defaultValue
  }
  // A form that came back with an error holds what was typed as its default, so a changed value does not show it.
  const refused = () => document.querySelector('#page form .problem, #page .wrong')
  const unsent = () => refused() || [...document.querySelectorAll('#page form')].some((form) => [...form.elements].some(written))
  // In a field, or away in the camera or a list of files: what is chosen there would go to a form that is gone.
  let choosing = false
  const writing = () => choosing || document.querySelector('#page [data-scan][data-on]') || document.activeElement?.matches('#page form :is(input, select, textarea)')
  const nameOf = (el) => el.id || `${el.closest('[id]').id}: ${el.querySelector('summary').textContent.trim()}`
  const folds = () => [...document.querySelectorAll('#page details')]

  const sending = () => document.querySelector('#page form[data-sent]')
  const refetch = () => htmx.trigger(live, 'refetch')

  // After a reconnect whatever was missed is fetched whole: the page does not replay single events.
  document.addEventListener('htmx:sseOpen', () => {
    if (opened) refetch()
    opened = true
  })

  // Asked before the request and again before its answer is shown: somebody may have begun to write in between.
  function hold(event) {
    if (sending()) missed = true
    else if (forced || !(writing() || unsent())) return
    else news.hidden = false
    event.preventDefault()
  }

  live.addEventListener('htmx:beforeRequest', hold)
  live.addEventListener('htmx:afterRequest', () => { forced = false })

  // The answer to a form is a whole page, yet perhaps older than the event that was held while it was under way.
  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.target === live || !missed) return
    missed = false
    setTimeout(refetch)
  })

  document.addEventListener('click', (event) => { if (event.target.type === 'file') choosing = true })
  for (const end of ['change', 'cancel']) document.addEventListener(end, () => { choosing = false }, true)
  document.addEventListener('focusout', () => setTimeout(() => {
    if (!news.hidden && !sending() && !writing() && !unsent()) refetch()
  }))

  news.querySelector('button').addEventListener('click', () => {
    forced = true
    news.hidden = true
    refetch()
  })

  let keep = []
  document.addEventListener('htmx:beforeSwap', (event) => {
    const ours = event.detail.requestConfig?.elt === live
    if (ours) hold(event)
    if (event.defaultPrevented) return
    keep = ours ? folds().filter((el) => el.open).map(nameOf) : []
    if (event.detail.xhr.status < 400) news.hidden = true
  })
  document.addEventListener('htmx:afterSwap', () => {
    folds().forEach((el) => { if (keep.includes(nameOf(el))) el.open = true })
  })
})()
