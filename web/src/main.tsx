import "./theme/tokens.css";
import "./theme/base.css";
import "./ui/ui.css";
import "./ui/controls.css";
import "./ui/header.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { basePath } from "./api/http";
import { SpeechProvider } from "./i18n";
import { makeRouter } from "./router";
import { applySavedTheme } from "./theme/theme";

applySavedTheme();

const queries = new QueryClient({
  // Pages say what failed and ask again by themselves.
  defaultOptions: { queries: { retry: false, refetchOnWindowFocus: true } },
});

const router = makeRouter(basePath());

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <SpeechProvider>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </SpeechProvider>
    </StrictMode>,
  );
}
