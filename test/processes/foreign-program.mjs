/** A process that does not use the library. It sends what it is told to, and says what it has heard. */
const heard = [];
process.on('message', (message) => {
  heard.push(message);
  if ('send' in message) process.send(message.send);
  if (message.report) process.send({ heard });
  // Stands still once the system has taken all that was sent.
  if (message.stop) process.send({}, () => process.kill(process.pid, 'SIGSTOP'));
});
