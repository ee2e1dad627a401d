(() => {
  const live = document.getElementById('live')
  if (!live) return
  const news = document.getElementById('news')
  let opened = false
  let forced = false

  const written = (el) => {
    if (el.type === 'hidden' || el.type === 'submit') return false
    if (el.type === 'checkbox' || el.type === 'radio') return el.checked !== el.defaultChecked
    if (el.type === 'file') return el.files.length > 0
    if (el.options) return [...el.options].some((o) => o.selected !== o.defaultSelected) && el.selectedIndex > 0
    return el.value !== el.defaultValue
  }
  // A form that came back with an error holds what was typed as its default, so a changed value does not show it.
  const refused = () => document.querySelector('#page form .problem, #page .wrong')
  const unsent = () => refused() || [...document.querySelectorAll('#page form')].some((form) => [...form.elements].some(written))
  const nameOf = (el) => el.id || `${el.closest('[id]').id}: ${el.querySelector('summary').textContent.trim()}`
  const folds = () => [...document.querySelectorAll('#page details')]

  // After a reconnect whatever was missed is fetched whole: the page does not replay single events.
  document.addEventListener('htmx:sseOpen', () => {
    if (opened) htmx.trigger(live, 'refetch')
    opened = true
  })

  live.addEventListener('htmx:beforeRequest', (event) => {
    if (forced || !unsent()) return
    event.preventDefault()
    news.hidden = false
  })

  news.querySelector('button').addEventListener('click', () => {
    forced = true
    news.hidden = true
    htmx.trigger(live, 'refetch')
    forced = false
  })

  let keep = []
  document.addEventListener('htmx:beforeSwap', (event) => {
    keep = event.detail.requestConfig?.elt === live ? folds().filter((el) => el.open).map(nameOf) : []
    if (event.detail.xhr.status < 400) news.hidden = true
  })
  document.addEventListener('htmx:afterSwap', () => {
    folds().forEach((el) => { if (keep.includes(nameOf(el))) el.open = true })
  })
})()
