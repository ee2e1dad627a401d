(() => {
  const buttonsOf = (form) => [...form.elements].filter((el) => el.type === 'submit')

  function release(form) {
    form.removeAttribute('data-sent')
    buttonsOf(form).forEach((button) => button.removeAttribute('aria-busy'))
  }

  // Disabling the button would drop its name from what is sent, so a second press is refused instead.
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (form.method !== 'post') return
    if (form.hasAttribute('data-sent')) {
      event.preventDefault()
      event.stopImmediatePropagation()
      return
    }
    form.setAttribute('data-sent', '')
    buttonsOf(form).forEach((button) => button.setAttribute('aria-busy', 'true'))
  }, true)

  window.addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach(release))

  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.target instanceof HTMLFormElement) release(event.target)
  })

  const lost = document.getElementById('no-connection')
  document.addEventListener('htmx:sendError', (event) => { if (event.target.id !== 'live') lost.hidden = false })
  document.addEventListener('htmx:beforeSwap', (event) => {
    const live = event.detail.requestConfig?.elt?.id === 'live'
    const whole = event.detail.xhr.responseText.includes('id="page"')
    // A gateway's own error page has nothing to show in place of this one; a failed refetch must not wipe it either.
    if (!whole || (live && event.detail.xhr.status >= 400)) {
      event.detail.shouldSwap = false
      if (!live) lost.hidden = false
    }
  })
  document.addEventListener('htmx:afterSwap', () => { lost.hidden = true })

  document.addEventListener('htmx:afterSettle', (event) => {
    const page = document.getElementById('page')
    if (event.detail.requestConfig?.elt?.id === 'live' || !page) return
    const problem = page.querySelector('.problem')
    const said = page.querySelector('[data-announce]')
    if (said) document.getElementById('announce').textContent = said.textContent
    if (document.activeElement === document.body) (problem ?? page).focus({ preventScroll: !problem })
  })
})()
