// Shows the API's description in Swagger UI, whose files `make api-docs` puts into vendor/.

if (globalThis.SwaggerUIBundle) {
  SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    domNode: document.getElementById("viewer"),
    // Nothing of ours is sent to a validator elsewhere, and a token stays in this page's memory.
    validatorUrl: null,
    persistAuthorization: false,
    // The address names no operation: back leaves the page.
    deepLinking: false,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
  });
} else {
  document.getElementById("missing").hidden = false;
}
