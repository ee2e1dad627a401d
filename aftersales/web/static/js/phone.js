(() => {
  const net = document.querySelector('[data-net]')
  const chip = net.querySelector('.chip')
  const calm = { className: chip.className, text: chip.textContent }

  function show() {
    chip.className = navigator.onLine ? calm.className : 'chip is-waiting'
    chip.textContent = navigator.onLine ? calm.text : net.dataset.offline
  }

  window.addEventListener('online', show)
  window.addEventListener('offline', show)
  show()
})()
