import {
  Outlet,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { parseSearch, stringifySearch } from "./pages/searchText";
import { parseMapSearch } from "./pages/map/search";
import { parseServicesSearch } from "./pages/services/search";
import { parseTraceSearch } from "./pages/trace/search";
import { parseTracesSearch } from "./pages/traces/search";
import { TracesPage } from "./pages/traces/TracesPage";
import { Broken, NoSuchPage } from "./pages/Broken";
import { Header } from "./ui/Header";
import { HelpProvider } from "./ui/Help";

const rootRoute = createRootRoute({ component: Shell });

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: parseTracesSearch,
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/traces", search, replace: true });
  },
});

export const tracesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/traces",
  validateSearch: parseTracesSearch,
  component: TracesPage,
});

export const traceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/trace/$traceId",
  validateSearch: parseTraceSearch,
  component: lazyRouteComponent(() => import("./pages/trace/TracePage"), "TracePage"),
});

export const servicesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/services",
  validateSearch: parseServicesSearch,
  component: lazyRouteComponent(() => import("./pages/services/ServicesPage"), "ServicesPage"),
});

export const mapRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/map",
  validateSearch: parseMapSearch,
  component: lazyRouteComponent(() => import("./pages/map/MapPage"), "MapPage"),
});

export const agentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/agents",
  component: lazyRouteComponent(() => import("./pages/agents/AgentsPage"), "AgentsPage"),
});

export function makeRouter(basepath: string) {
  return createRouter({
    routeTree: rootRoute.addChildren([homeRoute, tracesRoute, servicesRoute, mapRoute, traceRoute, agentsRoute]),
    basepath,
    parseSearch,
    stringifySearch,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: NoSuchPage,
    scrollRestoration: true,
    defaultPreload: "intent",
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

function Shell() {
  return (
    <HelpProvider>
      <Header />
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
    </HelpProvider>
  );
}
