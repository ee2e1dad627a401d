(() => {
  const live = document.getElementById('live')
  if (!live) return
  let opened = false
  let forced = false
  let missed = false

  const page = () => document.getElementById('page')
  const begun = () => follow.writing(page()) || follow.begun(page())
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
    else if (forced || !begun()) return
    else follow.sign()
    event.preventDefault()
  }

  live.addEventListener('htmx:beforeRequest', hold)

  // The line may stand all the while, and would not tell again of what could not be fetched.
  let wait = 2000
  let later = 0
  live.addEventListener('htmx:afterRequest', (event) => {
    forced = false
    clearTimeout(later)
    if (event.detail.xhr.status && event.detail.xhr.status < 500) wait = 2000
    else later = setTimeout(refetch, wait = Math.min(wait * 2, 300000))
  })

  // The answer to a form is a whole page, yet perhaps older than the event that was held while it was under way.
  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.target === live || !missed) return
    missed = false
    setTimeout(refetch)
  })

  document.addEventListener('focusout', () => setTimeout(() => {
    if (follow.waits() && !sending() && !begun()) refetch()
  }))

  follow.onShow(() => {
    forced = true
    follow.clear()
    refetch()
  })

  let keep = []
  document.addEventListener('htmx:beforeSwap', (event) => {
    const ours = event.detail.requestConfig?.elt === live
    if (ours) hold(event)
    if (event.defaultPrevented) return
    keep = ours ? follow.opened() : []
    if (event.detail.xhr.status < 400) follow.clear()
  })
  document.addEventListener('htmx:afterSwap', () => follow.reopen(keep))
})()
