(() => {
  const { live, here } = document.body.dataset
  if (!live || !window.EventSource) return
  const page = document.getElementById('page')
  const { text } = document.getElementById('announce').dataset

  // A refusal stays until it was read, and beside it whatever is being written.
  const begun = (part) => part.matches('.problem') || follow.begun(part)
  const inHand = (part) => begun(part) || follow.writing(part)

  let asked = 0
  let pause = 2000
  let later = 0

  // The page as it is now; null when there is none to show, or a newer one is on its way.
  async function fresh() {
    const mine = ++asked
    clearTimeout(later)
    try {
      const answer = await fetch(here, { headers: { accept: 'text/html' } })
      if (answer.status >= 500) throw new Error(`${answer.status}`)
      const html = await answer.text()
      pause = 2000
      if (!answer.ok || mine !== asked) return null
      return new DOMParser().parseFromString(html, 'text/html').getElementById('page')
    } catch {
      // The line may stand all the while, and would not tell of it again.
      if (mine === asked) later = setTimeout(refetch, pause = Math.min(pause * 2, 300000))
      return null
    }
  }

  // A field that is taken out of the page, if only to be put elsewhere in it, loses the cursor and the keyboard: what
  // is kept is not moved, the rest is placed around it.
  function bring(next, kept) {
    const old = [...page.children]
    const coming = [...next.children].map((part) => old.find((one) => one.isEqualNode(part)) ?? part)
    for (const part of kept) {
      const at = coming.findIndex((one) => one === part || (one.id && one.id === part.id))
      if (at < 0) coming.splice(old.indexOf(part), 0, part)
      else coming[at] = part
    }
    const open = follow.opened()
    const focus = document.activeElement
    old.forEach((part) => { if (!coming.includes(part)) part.remove() })
    coming.reduceRight((after, part) => {
      const stands = part.parentNode === page && (kept.includes(part) || part.nextElementSibling === after)
      if (!stands) page.insertBefore(part, after)
      return part
    }, null)
    follow.reopen(open)
    if (focus.id && !focus.isConnected) document.getElementById(focus.id)?.focus({ preventScroll: true })
  }

  async function refetch(held = inHand) {
    const next = await fresh()
    if (!next) return
    const kept = [...page.children].filter(held)
    const news = next.textContent !== page.textContent
    bring(next, kept)
    if (!kept.length) follow.clear()
    if (!news) return
    if (kept.length) follow.sign()
    else follow.say(text)
  }

  const boxed = (el) => el.type === 'radio' || el.type === 'checkbox'
  const sameAs = (el) => follow.fields(page).find((one) => one.name === el.name && one.type === el.type
    && one.form.getAttribute('action') === el.form.getAttribute('action') && (!boxed(el) || one.value === el.value))

  function put(el, into) {
    if (boxed(el)) into.checked = el.checked
    else if (el.type === 'file') into.files = el.files
    else if (!into.options || [...into.options].some((one) => one.value === el.value)) into.value = el.value
  }

  // What was typed goes into the same field of the new page. Words whose form is gone go to where one writes to us.
  function putBack(written) {
    const homeless = written.filter((el) => {
      const into = sameAs(el)
      if (into) put(el, into)
      return !into && el.type === 'textarea'
    })
    const reply = document.getElementById('reply-words')
    if (reply && homeless.length) reply.value = [reply, ...homeless].map((el) => el.value).filter(Boolean).join('\n')
  }

  follow.onShow(async () => {
    const next = await fresh()
    if (!next) return
    const written = follow.fields(page).filter(follow.written)
    bring(next, [])
    putBack(written)
    follow.clear()
    page.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  })

  document.addEventListener('input', (event) => {
    if (follow.waits() && !event.isComposing && ![...page.children].some(follow.begun)) refetch(follow.begun)
  })
  document.addEventListener('focusout', () => setTimeout(() => {
    if (follow.waits() && ![...page.children].some(inHand)) refetch()
  }))

  // A browser comes back by itself after a cut line, but not after an answer: 503, or a proxy's 502 during a restart.
  let opened = false
  let wait = 2000
  function listen() {
    const source = new EventSource(live)
    source.addEventListener('changed', () => refetch())
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
