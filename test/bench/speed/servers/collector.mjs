import { createServer } from 'node:http';
import process from 'node:process';

/** Takes whatever it is told, and keeps nothing of it. */
createServer((request, response) => {
  request.resume().once('end', () => {
    response.setHeader('content-type', 'application/json').end('{}');
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
