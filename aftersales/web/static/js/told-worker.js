self.addEventListener('push', (event) => {
  const told = event.data ? event.data.json() : {}
  event.waitUntil(self.registration.showNotification(told.title ?? '', {
    body: told.body ?? '',
    lang: told.lang ?? '',
    dir: 'auto',
    // A repeat takes the place of the first.
    tag: told.tag ?? '',
    icon: '/static/icon.svg',
    requireInteraction: told.urgent === true,
    data: { url: told.url ?? '' },
  }))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const address = new URL(event.notification.data?.url || '/track', self.location.origin)
  // Whatever a message says, it opens no other site.
  if (address.origin === self.location.origin) event.waitUntil(self.clients.openWindow(address.href))
})
