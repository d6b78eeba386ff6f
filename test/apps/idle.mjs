setInterval(() => {}, 60_000);
console.log('up');
