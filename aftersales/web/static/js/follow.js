// Pages that follow their case: what somebody has begun there, which news must not take away, and the sign that news
// waits. The desk's pages (live.js) and the customer's (track.js) refetch by different means and ask here.
const follow = (() => {
  const news = document.getElementById('news')
  const announce = document.getElementById('announce')
  const fields = (part) => [...part.querySelectorAll('form')].flatMap((form) => [...form.elements])

  // Away in the camera or a list of files: what is chosen there would go to a form that is gone.
  let choosing = null
  document.addEventListener('click', (event) => { if (event.target.type === 'file') choosing = event.target })
  for (const end of ['change', 'cancel']) document.addEventListener(end, () => { choosing = null }, true)

  function written(el) {
    if (el.type === 'hidden' || el.type === 'submit') return false
    if (el.type === 'checkbox' || el.type === 'radio') return el.checked !== el.defaultChecked
    if (el.type === 'file') return el.files.length > 0
    if (el.options) return [...el.options].some((o) => o.selected !== o.defaultSelected) && el.selectedIndex > 0
    // A button has no value of its own to begin with.
    return el.defaultValue !== undefined && el.value !== el.defaultValue
  }

  // A form that came back with an error holds what was typed as its default, so a changed value does not show it.
  const begun = (part) => Boolean(part.querySelector('form .problem, .wrong')) || fields(part).some(written)
  const writing = (part) => part.contains(choosing) || Boolean(part.querySelector('[data-scan][data-on]'))
    || (part.contains(document.activeElement) && document.activeElement.matches('form :is(input, select, textarea)'))

  const nameOf = (el) => el.id || `${el.closest('[id]').id}: ${el.querySelector('summary').textContent.trim()}`
  const folds = () => [...document.querySelectorAll('#page details')]

  const say = (words) => { announce.textContent = words }

  return {
    fields,
    written,
    begun,
    writing,
    say,
    opened: () => folds().filter((el) => el.open).map(nameOf),
    reopen: (names) => folds().forEach((el) => { if (names.includes(nameOf(el))) el.open = true }),
    waits: () => !news.hidden,
    sign() {
      if (news.hidden) say(news.querySelector('span').textContent)
      news.hidden = false
    },
    clear() {
      if (!news.hidden) say('')
      news.hidden = true
    },
    onShow: (does) => news.querySelector('button').addEventListener('click', does),
  }
})()
