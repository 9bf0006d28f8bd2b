/** In place of axios: what acme-client asks of it while it is loaded, and nothing that could send a request. */
const interceptor = { use() {} }

export const AxiosError = Error
export const create = () => ({
  defaults: { headers: { common: {} } },
  interceptors: { request: interceptor, response: interceptor },
})
