// Shows the API's description in Swagger UI, whose files `make api-docs` puts into vendor/.

// The viewer has a dark style and does not choose it by itself.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

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
