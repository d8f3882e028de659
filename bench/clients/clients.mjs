// The clients that apps use, under orders: every line of standard input says what to do, every line of standard output
// what happened. They are used as their documentation says, and come back by themselves as far as they can.
//
// The one thing to know: what is resumed is told by the client, not by the server. graphql-ws and graphql-sse send their
// operation anew when they come back, and read its variables then: `after` is a getter. EventSource sends Last-Event-ID.

import { createInterface } from 'node:readline';
import { EventSource } from 'eventsource';
import { createClient as streamClient } from 'graphql-sse';
import { createClient as socketClient } from 'graphql-ws';
import WebSocket from 'ws';

const PAUSE_MILLISECONDS = 100;
const KINDS = { ws: overSocket, sse: overStream, eventsource: overEventSource };
const running = new Map();

function tell(name, what, details = {}) {
  const at = (performance.timeOrigin + performance.now()) / 1000;
  process.stdout.write(`${JSON.stringify({ name, what, at, ...details })}\n`);
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS * (1 + Math.random())));

function begin(order) {
  const follower = { order, cursor: order.variables?.after, stopped: false, end: () => {} };
  running.set(order.name, follower);
  KINDS[order.kind](follower);
}

function end({ name }) {
  const follower = running.get(name);
  follower.stopped = true;
  follower.end();
  running.delete(name);
}

// What is sent each time anew, from where the client has come to.
function payloadOf(follower) {
  const { query, variables = {} } = follower.order;
  return {
    query,
    variables: {
      ...variables,
      get after() {
        return follower.cursor;
      },
    },
  };
}

function sinkOf(follower, again) {
  const { name } = follower.order;
  return {
    next: (result) => hear(follower, result),
    error: (problem) => {
      if (follower.stopped) return;
      if (Array.isArray(problem)) {
        tell(name, 'refused', { errors: problem });
        return;
      }
      const { code = null, message = null, reason = null } = problem;
      tell(name, 'failed', { code, problem: message || reason, status: problem.response?.status ?? null });
      // A line that broke where the library takes it for more than that: an app subscribes anew.
      if (follower.order.returns) pause().then(() => follower.stopped || again());
    },
    complete: () => follower.stopped || tell(name, 'complete'),
  };
}

function hear(follower, result) {
  const item = Object.values(result.data ?? {})[0];
  if (item?.cursor && !follower.order.forgets) follower.cursor = item.cursor;
  tell(follower.order.name, 'next', { result });
}

function overSocket(follower) {
  const { name, url, authorization, returns } = follower.order;
  const client = socketClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: authorization ? { authorization } : undefined,
    retryAttempts: returns ? Infinity : 0,
    shouldRetry: () => true, // Without it, a server that is not there for a moment is given up.
    retryWait: pause,
    on: {
      connected: () => tell(name, 'connected'),
      closed: ({ code, reason }) => follower.stopped || tell(name, 'closed', { code, problem: reason }),
    },
  });
  const again = () => {
    follower.end = client.subscribe(payloadOf(follower), sinkOf(follower, again));
  };
  again();
}

function overStream(follower) {
  const { name, url, authorization, returns } = follower.order;
  const client = streamClient({
    url: `${url}/graphql`,
    headers: authorization ? { authorization } : undefined,
    retryAttempts: returns ? Infinity : 0,
    retry: pause,
    on: { connected: () => tell(name, 'connected') },
  });
  const again = () => {
    follower.end = client.subscribe(payloadOf(follower), sinkOf(follower, again));
  };
  again();
}

function overEventSource(follower) {
  const { name, url, query, variables = {}, authorization } = follower.order;
  const asked = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const signed = authorization ? { authorization } : {};
  const source = new EventSource(`${url}/graphql?${asked}`, {
    fetch: (address, given) => fetch(address, { ...given, headers: { ...given.headers, ...signed } }),
  });
  follower.end = () => source.close();
  source.addEventListener('open', () => tell(name, 'connected'));
  source.addEventListener('next', ({ data }) => hear(follower, JSON.parse(data)));
  source.addEventListener('complete', () => {
    source.close();
    tell(name, 'complete');
  });
  source.addEventListener('error', ({ code = null, message = null }) => {
    if (!follower.stopped) tell(name, 'failed', { status: code, problem: message, final: source.readyState === 2 });
  });
}

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
  const order = JSON.parse(line);
  (order.do === 'begin' ? begin : end)(order);
});
orders.on('close', () => process.exit());
