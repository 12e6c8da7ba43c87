// Starts Swagger UI. A file of its own, so that the page's policy can forbid inline scripts.
const place = document.getElementById("swagger-ui");

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.openapi,
  layout: "BaseLayout",
  deepLinking: true,
  // The default asks a server on the internet.
  validatorUrl: null,
});
