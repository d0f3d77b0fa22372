// Prints the type of each message that arrives, one for each event of the WebSocket.
// Names of endpoints are dialled on the loopback, as manual/local-dsql.md describes it.
import tls from "node:tls";

const dial = tls.connect;
tls.connect = (options, ...rest) =>
  dial({ ...options, host: "127.0.0.1", port: process.env.DSQL_TUI_LOCAL_WEBSOCKET_PORT }, ...rest);

const bytes = (text) => Buffer.from(text + "\0");
const framed = (type, body) => {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), size, body]);
};

const web = new WebSocket(`wss://${process.env.HOST}:443`);
web.binaryType = "arraybuffer";
let ready = 0;
web.onopen = () => {
  const version = Buffer.from([0, 3, 0, 0]);
  const settings = ["user", "admin", "database", "postgres", ""].map(bytes);
  web.send(framed("", Buffer.concat([version, ...settings])));
};
web.onmessage = (event) => {
  const data = Buffer.from(event.data);
  const type = String.fromCharCode(data[0]);
  if (data.length !== data.readInt32BE(1) + 1) throw new Error(`${type} is not alone or not whole`);
  console.log(type);
  if (type === "R" && data.readInt32BE(5) === 3) web.send(framed("p", bytes(process.env.TOKEN)));
  if (type !== "Z") return;
  ready += 1;
  if (ready === 1) web.send(framed("Q", bytes("SELECT generate_series(1, 2)")));
  else web.close();
};
web.onerror = (event) => console.error(event.message);
web.onclose = () => console.log("closed");
